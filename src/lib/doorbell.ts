// Wakes the one fiber that does some work whenever there is some. What there is to do is state of the caller's own, and the bell only
// says when to look at it: so no ring can be lost, and none that came while the fiber worked makes it look in vain.
import * as Effect from "effect/Effect"

export interface Doorbell {
  /** To be called after there is something to do. While nobody waits it does nothing, and costs as much. */
  readonly ring: () => void
  /** Returns as soon as there is something to do: at once, or at a ring. One fiber waits at a time; it may be interrupted. */
  readonly wait: Effect.Effect<void>
}

/** `isReady`: there is something to do. Asked when a wait begins, and at each ring while it lasts. */
export const make = (isReady: () => boolean): Doorbell => {
  let waiting: ((effect: Effect.Effect<void>) => void) | undefined
  return {
    ring: () => {
      if (waiting === undefined || !isReady()) return
      const resume = waiting
      waiting = undefined
      resume(Effect.void)
    },
    // Of a wait that was interrupted `resume` does nothing: nothing has to be undone, which would cost each wait a finalizer.
    wait: Effect.async((resume) => {
      if (isReady()) return resume(Effect.void)
      waiting = resume
    })
  }
}
