// Fiber-local request context: one deadline for everything that a request waits for (aggregate
// lock, group commit, database lock, conflict retries), and the rate limits that its commands are
// charged to.
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Runtime from "effect/Runtime"
import { monotonicMillis } from "./monotonicTime.ts"

/** Milliseconds until a waiting request fails with 503, nothing written. */
export const requestTimeout = 5000

/** Rate limits of a request: a session, or an address without one, and its network. */
export interface CommandBudget {
  readonly who: string
  readonly network: string
  /** Takes tokens from both. */
  readonly charge: (who: string, network: string, tokens: number) => Effect.Effect<void>
}

interface Request {
  /** Monotonic milliseconds. */
  until: number
  /**
   * Must not reference the request: a cycle through old objects costs commands 25 % (garbage
   * collection).
   */
  budget: CommandBudget | undefined
}

const newRequest = (now: number): Request => ({ until: now + requestTimeout, budget: undefined })

/** Placeholder: each fiber forked with it gets a request of its own, shared by its children. */
const placeholder = newRequest(0)
/** Undefined outside a request. */
const current = FiberRef.unsafeMake<Request | undefined>(undefined, {
  fork: (request) => (request === placeholder ? newRequest(0) : request)
})

/**
 * A runtime whose fibers are requests. (Setting a FiberRef per fiber would cost 10 % of a command.)
 */
export const requestRuntime = <R>(runtime: Runtime.Runtime<R>): Runtime.Runtime<R> =>
  Runtime.setFiberRef(runtime, current, placeholder)

/** Runs the effect as a request that arrived at `now`, in monotonic milliseconds. */
export const runAsRequest = <A, E, R>(effect: Effect.Effect<A, E, R>, now: number): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) => {
    const request = fiber.getFiberRef(current)
    if (request !== undefined) request.until = now + requestTimeout
    return effect
  })

/** Gives the effect a deadline from now; within a request, keeps the request's. */
export const withDeadline = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    fiber.getFiberRef(current) === undefined
      ? Effect.flatMap(monotonicMillis, (now) => Effect.locally(effect, current, newRequest(now)))
      : effect
  )

/** The deadline in monotonic milliseconds: the request's, or `requestTimeout` from now. */
export const deadline: Effect.Effect<number> = Effect.withFiberRuntime((fiber) => {
  const request = fiber.getFiberRef(current)
  return request === undefined
    ? Effect.map(monotonicMillis, (now) => now + requestTimeout)
    : Effect.succeed(request.until)
})

export const hasPassed = (until: number): Effect.Effect<boolean> => Effect.map(monotonicMillis, (now) => now >= until)

/** True when the request's deadline has passed; false outside a request. */
export const isDeadlineExceeded: Effect.Effect<boolean> = Effect.withFiberRuntime((fiber) => {
  const request = fiber.getFiberRef(current)
  return request === undefined ? Effect.succeed(false) : hasPassed(request.until)
})

/** Charges the request's commands to `budget`. Returns `found`, which saves a step per command. */
export const withBudget = <A>(payer: CommandBudget, found: A): Effect.Effect<A> =>
  Effect.withFiberRuntime((fiber) => {
    const request = fiber.getFiberRef(current)
    if (request !== undefined) request.budget = payer
    return Effect.succeed(found)
  })

/** Charges tokens to the request's budget, if any. */
export const chargeBudget = (tokens: number): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const payer = fiber.getFiberRef(current)?.budget
    return payer === undefined ? Effect.void : payer.charge(payer.who, payer.network, tokens)
  })
