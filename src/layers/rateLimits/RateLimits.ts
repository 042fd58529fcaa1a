// Rate limits per minute or day: token buckets in a bounded store. The full amount may be used at
// once; tokens refill evenly. With PostgreSQL limits are shared by nodes.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Command limit of a network, as a multiple of a session's: an office shares an address, but many
 * sessions must not multiply the limit.
 */
export const networkShare = 4

/** Maximum stored command results (24 hours each), and per network and day. */
export const maxCommandResults = 1_000_000
export const maxCommandResultsPerNetwork = maxCommandResults / 4

/**
 * Maximum stored sessions, and new ones per network and day: 30 days of them are less than a third.
 */
export const maxSessions = 10_000_000
export const maxSessionsPerNetwork = 100_000

/**
 * Maximum buckets per limit, about 10 MB; the least recently used are evicted and count as full.
 * Exploiting that takes this many other addresses or sessions within a minute, each of which has a
 * full bucket anyway.
 */
export const maxBuckets = 50_000

export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  /** Whole seconds, at least 1. */
  retryAfter: Schema.Number
}) {
  readonly kind = "rate-limited"
  override get message() {
    return `You have sent too many requests. Please try again in ${this.retryAfter === 1 ? "a second" : `${this.retryAfter} seconds`}`
  }
}

export interface Limit {
  /** Takes a token; fails without one. */
  readonly take: (key: string) => Effect.Effect<void, RateLimited>
  /** Fails without a token; takes none. */
  readonly ask: (key: string) => Effect.Effect<void, RateLimited>
  /** Charges tokens for completed work, into debt if necessary. */
  readonly charge: (key: string, tokens: number) => Effect.Effect<void>
  readonly refused: () => number
}

export type RefusalCounts = Readonly<Record<"command" | "session" | "signIn" | "guess" | "answer", number>>

export class RateLimits extends Context.Tag("evenstar/RateLimits")<
  RateLimits,
  {
    /**
     * A command of a session, or of a network without one; `who` distinguishes the two. Also counts
     * for the network.
     */
    readonly command: (who: string, network?: string) => Effect.Effect<void, RateLimited>
    /** Charges a command's tokens beyond the first to both. */
    readonly charge: (who: string, network: string, tokens: number) => Effect.Effect<void>
    /** A new session: per minute by the settings, and per day. */
    readonly session: (network: string) => Effect.Effect<void, RateLimited>
    /** A stored command result, per day. */
    readonly answer: (network: string) => Effect.Effect<void, RateLimited>
    /** A sign-in attempt. */
    readonly signIn: (network: string) => Effect.Effect<void, RateLimited>
    /**
     * Limits guessing of ids. Lookups that fail with kind `not-found` take tokens; without tokens a
     * network is refused before the lookup, so it can't tell hits from misses. If `isKnown` (only
     * then evaluated) is true, the lookup runs, and a miss is still refused.
     */
    readonly limitGuesses: <F = never>(
      network: string,
      isKnown?: Effect.Effect<boolean, F>
    ) => <A, E, R>(lookup: Effect.Effect<A, E, R>) => Effect.Effect<A, E | F | RateLimited, R>
    /** Number of refusals since the start, by limit. */
    readonly refused: Effect.Effect<RefusalCounts>
  }
>() {}
