// Schedules broadcasts: at once after a quiet period, under load once per tick for everything that
// has arrived. A tick lasts at least as long as the previous flush: at most half of the event loop.
import * as Effect from "effect/Effect"
import * as Doorbell from "../../lib/doorbell.ts"
import { realDelay, yieldToEventLoop } from "../../lib/eventLoop.ts"

/** Minimal milliseconds between two flushes. */
const interval = 5

/** Runs `flush` after `ring`, once for all rings since the last; rings during a flush count too. */
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
      Effect.logError("A broadcast tick failed; the next tick continues", cause)
    )
    const ended = performance.now()
    notBefore = ended + Math.max(interval, ended - began)
  }).pipe(Effect.forever, Effect.forkScoped)

  return () => {
    isDue = true
    doorbell.ring()
  }
})
