// One deadline for all that a request waits for: a list's lock, its place in a transaction, the database's lock, another
// process's append. Each wait with a limit of its own would add up, and those who queue behind one another multiply it.
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { monotonicMillis } from "./monotonicTime.ts"

/** Milliseconds from a request's arrival until it is refused (503, nothing written) if it still waits. */
export const patience = 5000

/** Monotonic milliseconds; none outside of a request. */
const current = FiberRef.unsafeMake<number | undefined>(undefined)

/** Whatever the effect waits for has one deadline, from now; inside of another such effect, that one's. */
export const withDeadline = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(FiberRef.get(current), (until) =>
    until !== undefined
      ? effect
      : Effect.flatMap(monotonicMillis, (now) => Effect.locally(effect, current, now + patience))
  )

/** When to give up, in monotonic milliseconds: the request's deadline, or for other work `patience` from now. */
export const deadline: Effect.Effect<number> = Effect.flatMap(FiberRef.get(current), (until) =>
  until === undefined ? Effect.map(monotonicMillis, (now) => now + patience) : Effect.succeed(until)
)

export const isPast = (until: number): Effect.Effect<boolean> => Effect.map(monotonicMillis, (now) => now >= until)

/** Whether the request's deadline has passed. Other work is never late. */
export const isLate: Effect.Effect<boolean> = Effect.flatMap(FiberRef.get(current), (until) =>
  until === undefined ? Effect.succeed(false) : isPast(until)
)
