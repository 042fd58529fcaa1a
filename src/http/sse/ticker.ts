// When to write to many: at once after a quiet time, and under load once per tick with all that has come together.
// A tick takes as long as the work before it did, so that fan-out never has more than half of the event loop.
import * as Effect from "effect/Effect"
import * as Doorbell from "../../lib/doorbell.ts"
import { realDelay, yieldToEventLoop } from "../../lib/eventLoop.ts"

/** Milliseconds between two flushes at least. */
const interval = 5

/** Runs `flush` after each `ring`, once for all that came since the last; rings while it waits or runs are not lost. */
export const makeTicker = Effect.fnUntraced(function* (flush: Effect.Effect<void>) {
  let isDue = false
  const doorbell = Doorbell.make(() => isDue)
  let notBefore = 0

  const pause = Effect.suspend(() => {
    const wait = notBefore - performance.now()
    return wait <= 0 ? yieldToEventLoop : realDelay(wait)
  })
  yield* Effect.gen(function* () {
    yield* doorbell.wait
    yield* pause
    isDue = false
    const began = performance.now()
    yield* Effect.catchAllCause(flush, (cause) =>
      Effect.logError("A tick of the streams failed; the next one comes", cause)
    )
    const ended = performance.now()
    notBefore = ended + Math.max(interval, ended - began)
  }).pipe(Effect.forever, Effect.forkScoped)

  return () => {
    isDue = true
    doorbell.ring()
  }
})
