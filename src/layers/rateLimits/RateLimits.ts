// How often somebody may do something within a minute, or a day: token buckets, in a store that is bounded. A burst of the whole
// amount is allowed; after it, tokens come back evenly. With PostgreSQL a limit holds for all nodes together.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * So many times a session's commands are what all those of its network may send together, sessions or none: an office behind
 * one address goes on, and twenty sessions are not twenty limits.
 */
export const networkShare = 4

/** Answers of idempotency keys that are stored at most, each for 24 hours; and those of a network that are stored in a day. */
export const maxCommandResults = 1_000_000
export const maxCommandResultsPerNetwork = maxCommandResults / 4

/**
 * Sessions that are kept at most, expired ones until the next cleanup; and those of a network that begin in a day. As many as it
 * begins in the 30 days that one lasts unused are less than a third.
 */
export const maxSessions = 10_000_000
export const maxSessionsPerNetwork = 100_000

/**
 * Buckets that a limit keeps at most, some 10 MB of them; beyond, those that were used least recently are forgotten, and a
 * forgotten bucket is a full one. That is no gain after a minute's rest, when it would be full anyway. To gain by it before,
 * it takes this many other addresses (or sessions) within the minute, each of which has a whole bucket of its own already.
 */
export const maxBuckets = 50_000

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

export type RefusalCounts = Readonly<Record<"command" | "session" | "signIn" | "guess" | "answer", number>>

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
    readonly refused: Effect.Effect<RefusalCounts>
  }
>() {}
