// Node's event loop, seen from an Effect: a fiber that goes on without a pause keeps timers and sockets waiting.
import * as Effect from "effect/Effect"

/** Everything else that is ready has its turn first. (`Effect.yieldNow` is a microtask: nothing but fibers gets in.) */
export const nextTurn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
