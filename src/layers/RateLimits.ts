// How often somebody may do something within a minute: Effect's token buckets, in a store that is bounded. A burst of a whole
// minute's amount is allowed; after it, tokens come back evenly. With PostgreSQL a limit holds for all nodes together.
import * as RateLimiter from "@effect/experimental/RateLimiter"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { LRUCache } from "lru-cache"
import { monotonicMillis } from "./monotonicTime.ts"
import { Postgres } from "./postgres/Postgres.ts"
import { Settings } from "./Settings.ts"

const window = Duration.minutes(1)

/**
 * Buckets that a limit keeps at most, some 10 MB of them; beyond, those that were used least recently are forgotten, and a
 * forgotten bucket is a full one. That is no gain after a minute's rest, when it would be full anyway. To gain by it before,
 * it takes this many other addresses (or sessions) within the minute, each of which has a whole bucket of its own already.
 */
export const capacity = 50_000

export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  /** Whole seconds, at least 1. */
  retryAfter: Schema.Number
}) {
  override get message() {
    return `That was too often. Please try again in ${this.retryAfter === 1 ? "a second" : `${this.retryAfter} seconds`}`
  }
}

interface Bucket {
  tokens: number
  /** Monotonic milliseconds, a multiple of the refill's time after the first use. */
  refilledAt: number
}

/** The library's own store never forgets a key. This one serves what we ask for: token buckets without overflow. */
const boundedStore = (): Context.Tag.Service<typeof RateLimiter.RateLimiterStore> => {
  // Room for all of them is taken at once: a megabyte and some milliseconds that a start can do without.
  let buckets: LRUCache<string, Bucket> | undefined
  return {
    fixedWindow: () => Effect.dieMessage("Only token buckets are kept here"),
    tokenBucket: ({ key, limit, refillRate, tokens }) =>
      Effect.map(monotonicMillis, (now) => {
        buckets ??= new LRUCache({ max: capacity })
        const bucket = buckets.get(key)
        if (bucket === undefined) {
          // Who takes nothing, and only asks, leaves nothing behind.
          if (tokens > 0) buckets.set(key, { tokens: limit - tokens, refilledAt: now })
          return limit - tokens
        }
        const interval = Duration.toMillis(refillRate)
        const refill = Math.floor((now - bucket.refilledAt) / interval)
        bucket.tokens = Math.min(limit, bucket.tokens + refill)
        bucket.refilledAt += refill * interval
        const left = bucket.tokens - tokens
        if (left >= 0) bucket.tokens = left
        return left
      })
  }
}

export interface Limit {
  /** Takes a token; fails where there is none. */
  readonly take: (key: string) => Effect.Effect<void, RateLimited>
  /** Fails where there is no token; takes none. */
  readonly ask: (key: string) => Effect.Effect<void, RateLimited>
  readonly refused: () => number
}

const unlimited: Limit = { take: () => Effect.void, ask: () => Effect.void, refused: () => 0 }

/** Of this process alone. */
const ownLimit = Effect.fnUntraced(function* (limit: number) {
  const { consume } = yield* Effect.provideService(
    RateLimiter.make,
    RateLimiter.RateLimiterStore,
    // One each: a flood of addresses at one limit makes no other forget.
    boundedStore()
  )
  let refused = 0
  const refuse = (error: RateLimiter.RateLimiterError) => {
    if (error.reason !== "Exceeded") return Effect.die(error)
    refused++
    return Effect.fail(new RateLimited({ retryAfter: Math.max(1, Math.ceil(Duration.toSeconds(error.retryAfter))) }))
  }
  const consumeOf = (key: string, tokens: number) =>
    consume({ algorithm: "token-bucket", onExceeded: "fail", window, limit, key, tokens })

  const take = (key: string) =>
    Effect.matchEffect(consumeOf(key, 1), { onFailure: refuse, onSuccess: () => Effect.void })
  const ask = (key: string) =>
    Effect.matchEffect(consumeOf(key, 0), {
      onFailure: refuse,
      onSuccess: ({ remaining }) => (remaining === 0 ? take(key) : Effect.void)
    })
  const made: Limit = { take, ask, refused: () => refused }
  return made
})

/** Makes a limit of what a minute allows; its name tells it from the others where they are shared. */
const limits = Effect.flatMap(
  Postgres,
  Option.match({
    onNone: () => Effect.succeed((_: string, limit: number) => ownLimit(limit)),
    onSome: (postgres) =>
      Effect.map(
        Effect.flatMap(
          Effect.promise(() => import("./postgres/RateBuckets.ts")),
          ({ make }) => make(postgres)
        ),
        (shared) => (name: string, limit: number) => Effect.flatMap(ownLimit(limit), (own) => shared(name, limit, own))
      )
  })
)

const isMiss = Predicate.isTagged("ListNotFound")

export type Refused = Readonly<Record<"command" | "session" | "signIn" | "guess", number>>

export class RateLimits extends Context.Tag("evenstar/RateLimits")<
  RateLimits,
  {
    /** A command, of a session or of a network without one: the caller says which, so that neither can pass for the other. */
    readonly command: (who: string) => Effect.Effect<void, RateLimited>
    /** A new session for a network. */
    readonly session: (network: string) => Effect.Effect<void, RateLimited>
    /** A try to sign in, from a network. */
    readonly signIn: (network: string) => Effect.Effect<void, RateLimited>
    /**
     * Goes around a lookup by an id that might be guessed. A network whose lookups found nothing (`ListNotFound`) too often is
     * refused before the next one: it then can't tell a hit from a miss. What is found counts for nothing.
     */
    readonly guess: (
      network: string
    ) => <A, E, R>(lookup: Effect.Effect<A, E, R>) => Effect.Effect<A, E | RateLimited, R>
    /** Refusals since the start. */
    readonly refused: Effect.Effect<Refused>
  }
>() {
  static readonly layer = Layer.scoped(
    RateLimits,
    Effect.gen(function* () {
      const { commandRateLimit, sessionRateLimit, signInRateLimit } = yield* Settings
      const limit = yield* limits
      const makeLimit = (name: string, perMinute: number) =>
        perMinute === 0 ? Effect.succeed(unlimited) : limit(name, perMinute)
      const command = yield* makeLimit("command", commandRateLimit)
      const session = yield* makeLimit("session", sessionRateLimit)
      const signIn = yield* makeLimit("sign-in", signInRateLimit)
      const misses = yield* makeLimit("guess", commandRateLimit)
      const count = (network: string) => (error: unknown) => (isMiss(error) ? misses.take(network) : Effect.void)
      return {
        command: command.take,
        session: session.take,
        signIn: signIn.take,
        guess: (network) =>
          misses === unlimited
            ? identity
            : (lookup) => Effect.zipRight(misses.ask(network), Effect.tapError(lookup, count(network))),
        refused: Effect.sync(() => ({
          command: command.refused(),
          session: session.refused(),
          signIn: signIn.refused(),
          guess: misses.refused()
        }))
      }
    })
  )
}
