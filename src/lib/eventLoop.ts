// Node's event loop from Effect: a fiber that never yields blocks timers and sockets.
import * as Effect from "effect/Effect"

/**
 * Yields to timers and I/O by `setImmediate`. (`Effect.yieldNow` is a microtask and yields only to
 * fibers.)
 */
export const yieldToEventLoop = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Real-time delay in milliseconds; ignores TestClock and changes of the wall clock. */
export const realDelay = (millis: number) =>
  Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/** Real monotonic milliseconds since the start of the process; ignores TestClock. */
export const realMonotonicMillis = Effect.sync(() => performance.now())
