// Wakes the one fiber that processes some state. The state itself says whether there is work, so no
// ring is lost and no wake-up is spurious.
import * as Effect from "effect/Effect"

export interface Doorbell {
  /** Call after adding work. A no-op while no fiber waits. */
  readonly ring: () => void
  /** Returns once there is work. One waiter at a time; interruptible. */
  readonly wait: Effect.Effect<void>
}

/** `isReady`: there is work. Called at the start of a wait and at each ring. */
export const make = (isReady: () => boolean): Doorbell => {
  let waiting: ((effect: Effect.Effect<void>) => void) | undefined
  return {
    ring: () => {
      if (waiting === undefined || !isReady()) return
      const resume = waiting
      waiting = undefined
      resume(Effect.void)
    },
    // After an interruption `resume` is a no-op, so no finalizer is needed.
    wait: Effect.async((resume) => {
      if (isReady()) return resume(Effect.void)
      waiting = resume
    })
  }
}
