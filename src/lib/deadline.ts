// What a request carries along its fiber: one deadline for all that it waits for (an aggregate's lock, its place in a transaction, the
// database's lock, another process's append: each wait with a limit of its own would add up), and who is charged for its commands.
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Runtime from "effect/Runtime"
import { monotonicMillis } from "./monotonicTime.ts"

/** Milliseconds from a request's arrival until it is refused (503, nothing written) if it still waits. */
export const requestTimeout = 5000

/** Whom a request is counted for: a session, or an address without one, and its network. */
export interface CommandBudget {
  readonly who: string
  readonly network: string
  /** Takes tokens of both. */
  readonly charge: (who: string, network: string, tokens: number) => Effect.Effect<void>
}

interface Request {
  /** Monotonic milliseconds. */
  until: number
  /** Nothing that leads to the request itself: what is garbage would keep what isn't yet, and cost a command a quarter more. */
  budget: CommandBudget | undefined
}

const newRequest = (now: number): Request => ({ until: now + requestTimeout, budget: undefined })

/** Stands for the request that a fiber will be: each fiber that begins with it gets one of its own, and its children share that. */
const placeholder = newRequest(0)
/** None outside of a request. */
const current = FiberRef.unsafeMake<Request | undefined>(undefined, {
  fork: (request) => (request === placeholder ? newRequest(0) : request)
})

/** Each fiber that this runtime begins is a request. (To set a FiberRef in each would cost a command a tenth of its time.) */
export const requestRuntime = <R>(runtime: Runtime.Runtime<R>): Runtime.Runtime<R> =>
  Runtime.setFiberRef(runtime, current, placeholder)

/** The effect as the request of such a fiber, which came at this time in monotonic milliseconds. */
export const runAsRequest = <A, E, R>(effect: Effect.Effect<A, E, R>, now: number): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) => {
    const request = fiber.getFiberRef(current)
    if (request !== undefined) request.until = now + requestTimeout
    return effect
  })

/** Whatever the effect waits for has one deadline, from now; inside of a request, that one's. */
export const withDeadline = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    fiber.getFiberRef(current) === undefined
      ? Effect.flatMap(monotonicMillis, (now) => Effect.locally(effect, current, newRequest(now)))
      : effect
  )

/** When to give up, in monotonic milliseconds: the request's deadline, or for other work `patience` from now. */
export const deadline: Effect.Effect<number> = Effect.withFiberRuntime((fiber) => {
  const request = fiber.getFiberRef(current)
  return request === undefined
    ? Effect.map(monotonicMillis, (now) => now + requestTimeout)
    : Effect.succeed(request.until)
})

export const hasPassed = (until: number): Effect.Effect<boolean> => Effect.map(monotonicMillis, (now) => now >= until)

/** Whether the request's deadline has passed. Other work is never late. */
export const isDeadlineExceeded: Effect.Effect<boolean> = Effect.withFiberRuntime((fiber) => {
  const request = fiber.getFiberRef(current)
  return request === undefined ? Effect.succeed(false) : hasPassed(request.until)
})

/** From here on the request's commands are paid by them. Gives `found`: a step less for each command. */
export const withBudget = <A>(payer: CommandBudget, found: A): Effect.Effect<A> =>
  Effect.withFiberRuntime((fiber) => {
    const request = fiber.getFiberRef(current)
    if (request !== undefined) request.budget = payer
    return Effect.succeed(found)
  })

/** Charges whoever pays for the request for what its command wrote. */
export const chargeBudget = (tokens: number): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const payer = fiber.getFiberRef(current)?.budget
    return payer === undefined ? Effect.void : payer.charge(payer.who, payer.network, tokens)
  })
