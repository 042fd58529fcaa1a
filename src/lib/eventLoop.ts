// Node's event loop, seen from an Effect: a fiber that goes on without a pause keeps timers and sockets waiting.
import * as Effect from "effect/Effect"

/** Everything else that is ready has its turn first. (`Effect.yieldNow` is a microtask: nothing but fibers gets in.) */
export const yieldToEventLoop = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/**
 * The same, and so many milliseconds for nobody but them: of the event loop's own time, whatever a clock says that somebody
 * sets, another node's or a test's.
 */
export const realDelay = (millis: number) =>
  Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/** Milliseconds of that time, since this process began. */
export const realMonotonicMillis = Effect.sync(() => performance.now())
