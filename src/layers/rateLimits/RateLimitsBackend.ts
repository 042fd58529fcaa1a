// All limits with their buckets: in PostgreSQL if configured, otherwise in memory.
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isRefusal } from "../../domain/Refusal.ts"
import { Settings } from "../node/Settings.ts"
import { Postgres } from "../postgres/Postgres.ts"
import * as Memory from "./RateBucketsMemory.ts"
import {
  type Limit,
  maxCommandResultsPerNetwork,
  maxSessionsPerNetwork,
  networkShare,
  RateLimits
} from "./RateLimits.ts"

/** Milliseconds until a bucket is full; also the maximum debt. */
const minute = 60_000
const day = 24 * 60 * minute

const unlimited: Limit = {
  take: () => Effect.void,
  ask: () => Effect.void,
  charge: () => Effect.void,
  refused: () => 0
}

/** Creates a limit; its name separates shared buckets. */
const limits = Effect.flatMap(
  Postgres,
  Option.match({
    onNone: () =>
      Effect.succeed((_: string, limit: number, window: number) => Effect.succeed(Memory.make(limit, window))),
    onSome: (postgres) =>
      Effect.map(
        Effect.flatMap(
          Effect.promise(() => import("./RateBucketsPostgres.ts")),
          ({ make }) => make(postgres)
        ),
        (shared) => (name: string, limit: number, window: number) =>
          shared(name, limit, window, Memory.make(limit, window))
      )
  })
)

const isMiss = (error: unknown) => isRefusal(error) && error.kind === "not-found"

export const layer = Layer.scoped(
  RateLimits,
  Effect.gen(function* () {
    const { commandRateLimit, sessionRateLimit, signInRateLimit } = yield* Settings
    const limit = yield* limits
    const makeLimit = (name: string, perMinute: number) =>
      perMinute === 0 ? Effect.succeed(unlimited) : limit(name, perMinute, minute)
    const command = yield* makeLimit("command", commandRateLimit)
    const networkCommand = yield* makeLimit("command-network", networkShare * commandRateLimit)
    const session = yield* makeLimit("session", sessionRateLimit)
    const signIn = yield* makeLimit("sign-in", signInRateLimit)
    const misses = yield* makeLimit("guess", commandRateLimit)
    const sessionDay = yield* limit("session-day", maxSessionsPerNetwork, day)
    const answer = yield* limit("answer-day", maxCommandResultsPerNetwork, day)
    const count = (network: string) => (error: unknown) => (isMiss(error) ? misses.take(network) : Effect.void)
    return {
      command: (who, network) => {
        const own = command.take(who)
        // A refused session takes no tokens from its network.
        return network === undefined || command === unlimited ? own : Effect.zipRight(own, networkCommand.take(network))
      },
      charge: (who, network, tokens) =>
        Effect.zipRight(command.charge(who, tokens), networkCommand.charge(network, tokens)),
      session: (network) => Effect.zipRight(session.take(network), sessionDay.take(network)),
      answer: answer.take,
      signIn: signIn.take,
      limitGuesses: (network, isKnown = Effect.succeed(false)) =>
        misses === unlimited
          ? identity
          : (lookup) =>
              Effect.matchEffect(misses.ask(network), {
                onSuccess: () => Effect.tapError(lookup, count(network)),
                onFailure: (refusal) =>
                  Effect.flatMap(isKnown, (known) =>
                    known ? Effect.mapError(lookup, (error) => (isMiss(error) ? refusal : error)) : refusal
                  )
              }),
      refused: Effect.sync(() => ({
        command: command.refused() + networkCommand.refused(),
        session: session.refused() + sessionDay.refused(),
        signIn: signIn.refused(),
        guess: misses.refused(),
        answer: answer.refused()
      }))
    }
  })
)
