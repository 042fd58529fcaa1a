// How often somebody may do something within a minute, or a day: token buckets, in a store that is bounded. A burst of the whole
// amount is allowed; after it, tokens come back evenly. With PostgreSQL a limit holds for all nodes together.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LRUCache } from "lru-cache"
import { isRefusal } from "../../domain/Refusal.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { Settings } from "../node/Settings.ts"
import { Postgres } from "../postgres/Postgres.ts"

/** Milliseconds in which a bucket becomes full, and of debt at most. */
const minute = 60_000
const day = 24 * 60 * minute

/**
 * So many times a session's commands are what all those of its network may send together, sessions or none: an office behind
 * one address goes on, and twenty sessions are not twenty limits.
 */
export const networkShare = 4

/** Answers of idempotency keys that are stored at most, each for 24 hours; and those of a network that are stored in a day. */
export const answersAtMost = 1_000_000
export const answersShare = answersAtMost / 4

/**
 * Sessions that are kept at most, expired ones until the next cleanup; and those of a network that begin in a day. As many as it
 * begins in the 30 days that one lasts unused are less than a third.
 */
export const sessionsAtMost = 10_000_000
export const sessionsShare = 100_000

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
  readonly kind = "rate-limited"
  override get message() {
    return `That was too often. Please try again in ${this.retryAfter === 1 ? "a second" : `${this.retryAfter} seconds`}`
  }
}

export interface Limit {
  /** Takes a token; fails where there is none. */
  readonly take: (key: string) => Effect.Effect<void, RateLimited>
  /** Fails where there is no token; takes none. */
  readonly ask: (key: string) => Effect.Effect<void, RateLimited>
  /** Takes so many tokens for what is done already, into debt where there are not as many: the next wait for it. */
  readonly charge: (key: string, tokens: number) => Effect.Effect<void>
  readonly refused: () => number
}

const unlimited: Limit = {
  take: () => Effect.void,
  ask: () => Effect.void,
  charge: () => Effect.void,
  refused: () => 0
}

/** How far a bucket was from being full at a time: both in monotonic milliseconds. A window's refill is the whole of it. */
interface Bucket {
  readonly ahead: number
  readonly at: number
}

/** Fractions of a token's time are added up: what they lack by is no refusal. */
const tolerance = 1e-6

/** Of this process alone. Each limit has buckets of its own: a flood of addresses at one makes no other forget. */
const ownLimit = (limit: number, window: number): Limit => {
  // Room for all of them is taken at once: a megabyte and some milliseconds that a start can do without.
  let buckets: LRUCache<string, Bucket> | undefined
  let refused = 0
  const perToken = window / limit
  const aheadOf = (key: string, now: number) => {
    const bucket = buckets?.get(key)
    return bucket === undefined ? 0 : Math.max(0, bucket.ahead - (now - bucket.at))
  }
  const set = (key: string, ahead: number, at: number) => {
    buckets ??= new LRUCache({ max: capacity })
    buckets.set(key, { ahead, at })
  }
  const orRefuse = (key: string, use: (ahead: number, now: number) => void) =>
    Effect.flatMap(monotonicMillis, (now) => {
      const ahead = aheadOf(key, now)
      const missing = ahead + perToken - window
      if (missing <= tolerance) return Effect.sync(() => use(ahead, now))
      refused++
      return new RateLimited({ retryAfter: Math.max(1, Math.ceil((missing - tolerance) / 1000)) })
    })
  return {
    take: (key) => orRefuse(key, (ahead, now) => set(key, ahead + perToken, now)),
    ask: (key) => orRefuse(key, () => {}),
    charge: (key, tokens) =>
      Effect.map(monotonicMillis, (now) => set(key, Math.min(aheadOf(key, now) + tokens * perToken, 2 * window), now)),
    refused: () => refused
  }
}

/** Makes a limit of what so many milliseconds allow; its name tells it from the others where they are shared. */
const limits = Effect.flatMap(
  Postgres,
  Option.match({
    onNone: () => Effect.succeed((_: string, limit: number, window: number) => Effect.succeed(ownLimit(limit, window))),
    onSome: (postgres) =>
      Effect.map(
        Effect.flatMap(
          Effect.promise(() => import("./RateBuckets.ts")),
          ({ make }) => make(postgres)
        ),
        (shared) => (name: string, limit: number, window: number) =>
          shared(name, limit, window, ownLimit(limit, window))
      )
  })
)

const isMiss = (error: unknown) => isRefusal(error) && error.kind === "not-found"

export type Refused = Readonly<Record<"command" | "session" | "signIn" | "guess" | "answer", number>>

export class RateLimits extends Context.Tag("evenstar/RateLimits")<
  RateLimits,
  {
    /**
     * A command, of a session or of a network without one: the caller says which, so that neither can pass for the other.
     * It counts for its network as well.
     */
    readonly command: (who: string, network?: string) => Effect.Effect<void, RateLimited>
    /** Tokens that a command has cost beyond its first one, of both. */
    readonly charge: (who: string, network: string, tokens: number) => Effect.Effect<void>
    /** A new session for a network: within its minute, and within its day, whatever the settings are. */
    readonly session: (network: string) => Effect.Effect<void, RateLimited>
    /** An answer that a network wants stored, within a day and whatever the settings are. */
    readonly answer: (network: string) => Effect.Effect<void, RateLimited>
    /** A try to sign in, from a network. */
    readonly signIn: (network: string) => Effect.Effect<void, RateLimited>
    /**
     * Goes around a lookup by an id that might be guessed. A network whose lookups found nothing (a refusal of the kind `not-found`) too often is
     * refused before the next one: it then can't tell a hit from a miss. What is found counts for nothing. Who knows the id
     * already (`isKnown`, asked only then) goes on, and is refused all the same where there is nothing for them any more.
     */
    readonly guess: <F = never>(
      network: string,
      isKnown?: Effect.Effect<boolean, F>
    ) => <A, E, R>(lookup: Effect.Effect<A, E, R>) => Effect.Effect<A, E | F | RateLimited, R>
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
        perMinute === 0 ? Effect.succeed(unlimited) : limit(name, perMinute, minute)
      const command = yield* makeLimit("command", commandRateLimit)
      const networkCommand = yield* makeLimit("command-network", networkShare * commandRateLimit)
      const session = yield* makeLimit("session", sessionRateLimit)
      const signIn = yield* makeLimit("sign-in", signInRateLimit)
      const misses = yield* makeLimit("guess", commandRateLimit)
      const sessionDay = yield* limit("session-day", sessionsShare, day)
      const answer = yield* limit("answer-day", answersShare, day)
      const count = (network: string) => (error: unknown) => (isMiss(error) ? misses.take(network) : Effect.void)
      return {
        command: (who, network) => {
          const own = command.take(who)
          // Who is refused by their own limit takes nothing from the neighbours.
          return network === undefined || command === unlimited
            ? own
            : Effect.zipRight(own, networkCommand.take(network))
        },
        charge: (who, network, tokens) =>
          Effect.zipRight(command.charge(who, tokens), networkCommand.charge(network, tokens)),
        session: (network) => Effect.zipRight(session.take(network), sessionDay.take(network)),
        answer: answer.take,
        signIn: signIn.take,
        guess: (network, isKnown = Effect.succeed(false)) =>
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
}
