// Token buckets shared by nodes. A node leases tokens in batches, so the total never exceeds a
// bucket; unused tokens expire after seconds. Timed by the database's clock.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { LRUCache } from "lru-cache"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { realMonotonicMillis } from "../../lib/eventLoop.ts"
import * as GroupCommit from "../../lib/GroupCommit.ts"
import { batched } from "../postgres/batched.ts"
import { circuitBreaker } from "../postgres/circuitBreaker.ts"
import { leasedJob } from "../postgres/leasedJobs.ts"
import type { PostgresService } from "../postgres/Postgres.ts"
import { type Limit, maxBuckets, RateLimited } from "./RateLimits.ts"
import { decodeCount, decodeSeen, decodeTaken, deleted, forget as forgetFull, statementsOf } from "./rateStatements.ts"

/** Milliseconds before an empty bucket is read again. */
const quiet = 100
/** Validity of leased tokens, and of a positive check, in milliseconds. */
const kept = 5000
/**
 * Maximum lease: 2 % of the limit, 1 for small limits, which stay exact. Starts at 1 and doubles.
 */
const largest = (limit: number) => Math.max(1, Math.floor(limit / 50))

/** Local state of a bucket. Times are monotonic milliseconds. */
interface Held {
  tokens: number
  /** Size and end of the last lease. */
  lease: number
  until: number
  /** Until when the bucket is assumed to have tokens. */
  believedUntil: number
  /** Empty until `nextAt`; not read again until `quietUntil`. */
  nextAt: number
  quietUntil: number
}

export const make = Effect.fnUntraced(function* (postgres: PostgresService) {
  const { query } = postgres
  const guardedQuery = yield* circuitBreaker(query)

  const forget = Effect.map(query(forgetFull, []), (rows) => decodeCount(rows)[0][0])
  yield* leasedJob(postgres, "rate buckets", "1 minute", Effect.repeat(forget, { until: (count) => count < deleted }))

  /** A limit per `window` milliseconds; `own`: local fallback during an outage. */
  return Effect.fnUntraced(function* (name: string, limit: number, window: number, own: Limit) {
    const statements = statementsOf(window)
    const held = new LRUCache<string, Held>({ max: maxBuckets })
    const keyOf = (who: string) => `${name} ${who}`
    let refused = 0

    const of = (who: string): Held => {
      const known = held.get(who)
      if (known !== undefined) return known
      const made = { tokens: 0, lease: 0, until: 0, believedUntil: 0, nextAt: 0, quietUntil: 0 }
      held.set(who, made)
      return made
    }
    const empty = (bucket: Held, aheadBy: number, now: number) => {
      bucket.nextAt = now + aheadBy - window + window / limit
      bucket.quietUntil = Math.max(bucket.nextAt, now + quiet)
      bucket.believedUntil = 0
    }

    const spend = (bucket: Held, count: number, now: number) => {
      const spent = now < bucket.until ? Math.min(bucket.tokens, count) : 0
      bucket.tokens = now < bucket.until ? bucket.tokens - spent : 0
      return spent
    }

    const takeFor = (wanted: ReadonlyMap<string, number>) => {
      const values = [[...wanted.keys()].map(keyOf), [...wanted.values()], limit]
      return wanted.size === 0 ? Effect.succeed([]) : Effect.map(guardedQuery(statements.take, values), decodeTaken)
    }

    /** Grants held and newly leased tokens in order. */
    const commit = Effect.fnUntraced(function* (askers: ReadonlyArray<string>) {
      const before = yield* realMonotonicMillis
      const counts = new Map<string, number>()
      for (const who of askers) counts.set(who, (counts.get(who) ?? 0) + 1)
      const granted = new Map<string, number>()
      const wanted = new Map<string, number>()
      for (const [who, count] of counts) {
        const bucket = of(who)
        const spent = spend(bucket, count, before)
        granted.set(who, spent)
        if (spent === count || before < bucket.quietUntil) continue
        // Doubles an exhausted lease; starts small after a pause.
        bucket.lease = before < bucket.until ? Math.min(largest(limit), 2 * bucket.lease) : 1
        wanted.set(who, Math.max(count - spent, bucket.lease))
      }
      const taken = yield* Effect.either(takeFor(wanted))
      const now = yield* realMonotonicMillis
      const brought = new Map(Either.getOrElse(taken, () => []).map(([key, ...rest]) => [key, rest]))
      for (const who of wanted.keys()) {
        const found = brought.get(keyOf(who))
        if (found === undefined) continue
        const [got, aheadBy] = found
        const spent = granted.get(who) ?? 0
        const missing = (counts.get(who) ?? 0) - spent
        const bucket = of(who)
        bucket.tokens = Math.max(0, got - missing)
        bucket.until = now + kept
        bucket.believedUntil = bucket.until
        if (got < missing) empty(bucket, aheadBy, now)
        granted.set(who, spent + Math.min(got, missing))
      }
      return askers.map((who) => {
        const left = granted.get(who) ?? 0
        granted.set(who, left - 1)
        return left > 0 || Either.isRight(taken) ? Exit.succeed(left > 0) : Exit.fail(taken.left)
      })
    })
    const lease = yield* GroupCommit.make<string, boolean, StoreUnavailable>({ capacity: 8192, batch: 256, commit })

    const lookUp = yield* batched((askers: ReadonlyArray<string>) =>
      Effect.map(guardedQuery(statements.look, [askers.map(keyOf)]), (rows) => {
        const seen = new Map(decodeSeen(rows))
        return askers.map((who) => seen.get(keyOf(who)) ?? 0)
      })
    )

    const charged = yield* batched((some: ReadonlyArray<{ readonly who: string; readonly tokens: number }>) => {
      const values = [some.map(({ who }) => keyOf(who)), some.map(({ tokens }) => tokens), limit]
      return Effect.map(guardedQuery(statements.charge, values), () => some.map(() => true))
    })

    const refuse = (bucket: Held, now: number) => {
      refused++
      return new RateLimited({ retryAfter: Math.max(1, Math.ceil((bucket.nextAt - now) / 1000)) })
    }
    const takeOne = (who: string) =>
      Effect.flatMap(realMonotonicMillis, (now): Effect.Effect<void, RateLimited | StoreUnavailable> => {
        const bucket = of(who)
        if (spend(bucket, 1, now) === 1) return Effect.void
        if (now < bucket.quietUntil) return refuse(bucket, now)
        return Effect.flatMap(lease(who), (isGranted) =>
          isGranted ? Effect.void : Effect.flatMap(realMonotonicMillis, (later) => refuse(of(who), later))
        )
      })
    const askFor = (who: string) =>
      Effect.flatMap(realMonotonicMillis, (now): Effect.Effect<void, RateLimited | StoreUnavailable> => {
        const bucket = held.get(who)
        if (bucket !== undefined) {
          if ((bucket.tokens > 0 && now < bucket.until) || now < bucket.believedUntil) return Effect.void
          if (now < bucket.quietUntil) return refuse(bucket, now)
        }
        return Effect.flatMap(Effect.zip(lookUp(who), realMonotonicMillis), ([aheadBy, later]) => {
          const seen = of(who)
          seen.believedUntil = later + kept
          if (aheadBy <= window - window / limit + 1e-3) return Effect.void
          empty(seen, aheadBy, later)
          return refuse(seen, later)
        })
      })
    const shared: Limit = {
      take: (who) => Effect.catchTag(takeOne(who), "StoreUnavailable", () => own.take(who)),
      ask: (who) => Effect.catchTag(askFor(who), "StoreUnavailable", () => own.ask(who)),
      // Spends held tokens first.
      charge: (who, tokens) =>
        Effect.flatMap(realMonotonicMillis, (now) => {
          const bucket = held.get(who)
          const left = tokens - (bucket === undefined ? 0 : spend(bucket, tokens, now))
          const rest = left === 0 ? Effect.void : Effect.asVoid(charged({ who, tokens: left }))
          return Effect.catchTag(rest, "StoreUnavailable", () => own.charge(who, left))
        }),
      refused: () => refused + own.refused()
    }
    return shared
  })
})
