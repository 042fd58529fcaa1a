// When to write to many: at once after a quiet time, and under load once per tick with all that has come together.
// A tick takes as long as the work before it did, so that fan-out never has more than half of the event loop.
import * as Effect from "effect/Effect"
import { nextTurn } from "../../lib/eventLoop.ts"

/** Milliseconds between two flushes at least. */
const interval = 5

/** Runs `flush` after each `ring`, once for all that came since the last; rings while it waits or runs are not lost. */
export const makeTicker = Effect.fnUntraced(function* (flush: Effect.Effect<void>) {
  let isRung = false
  let wake: (() => void) | undefined
  let notBefore = 0

  const rung = Effect.async<void>((resume) => {
    if (isRung) return resume(Effect.void)
    wake = () => resume(Effect.void)
  })
  const pause = Effect.suspend(() => {
    const wait = notBefore - performance.now()
    if (wait <= 0) return nextTurn
    // Node's own timer: the ticks are no business of a test's clock.
    return Effect.async<void>((resume) => {
      const timer = setTimeout(() => resume(Effect.void), wait)
      return Effect.sync(() => clearTimeout(timer))
    })
  })
  yield* Effect.gen(function* () {
    yield* rung
    yield* pause
    isRung = false
    const began = performance.now()
    yield* Effect.catchAllCause(flush, (cause) =>
      Effect.logError("A tick of the streams failed; the next one comes", cause)
    )
    const ended = performance.now()
    notBefore = ended + Math.max(interval, ended - began)
  }).pipe(Effect.forever, Effect.forkScoped)

  return () => {
    isRung = true
    wake?.()
    wake = undefined
  }
})
