// The time that passes here, whatever a clock says that somebody sets: another node's, or a test's that leaps over years.
import * as Effect from "effect/Effect"

/** Milliseconds since this process began. */
export const monotonic = Effect.sync(() => performance.now())

/** Waits so many milliseconds. */
export const pause = (millis: number) =>
  Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })
