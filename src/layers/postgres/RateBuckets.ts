// Token buckets that all nodes share. A node takes tokens out of the table some at a time, so what all of them grant together is never
// more than a bucket had; what it took and didn't grant within some seconds is lost. The clock is the database's.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LRUCache } from "lru-cache"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as GroupCommit from "../GroupCommit.ts"
import { capacity, type Limit, RateLimited } from "../RateLimits.ts"
import { duty } from "./duties.ts"
import { gathered } from "./gathered.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"
import { monotonic, pause } from "./realTime.ts"

/** Milliseconds. */
const window = 60_000
/** A node doesn't ask again for so long, about a key that has nothing left: what comes back meanwhile is granted at once after that. */
const quiet = 100
/** For so long what was taken may be granted, and a bucket that had tokens is believed to have some. */
const kept = 5000
/** A database that takes longer is away: then each node has a bucket of its own. */
const patience = 500
const retryEvery = 1000
/** Of a limit, what a node takes at once at most: 1 where the limit is small, so that it is exact. It begins with 1 and doubles. */
const largest = (limit: number) => Math.max(1, Math.floor(limit / 50))

const deleted = 10_000

/** How far the bucket is from being full: a minute's refill is the whole of it. Of two clocks, one of which was ahead, too. */
const ahead = (bucket: string) =>
  `least(greatest(${bucket}.full_at - statement_timestamp(), interval '0'), interval '${window} milliseconds')`
const aheadMillis = (bucket: string) => `(extract(epoch FROM ${ahead(bucket)}) * 1000)::float8`
const tokens = (bucket: string) =>
  `floor((${window} - ${aheadMillis(bucket)}) * $3::float8 / ${window} + 1e-6)::integer`
const granted = `least(excluded.granted, ${tokens("b")})`
const refill = (count: string) => `interval '${window} milliseconds' * (${count} / $3::float8)`

const statements = {
  // Always in one order: two nodes never wait for each other.
  take: {
    name: "rate-take",
    text: `INSERT INTO rate_buckets AS b (key, full_at, granted)
      SELECT key, statement_timestamp() + ${refill("least(wanted, $3)")}, least(wanted, $3)
      FROM unnest($1::text[], $2::integer[]) AS asked (key, wanted) ORDER BY key
      ON CONFLICT (key) DO UPDATE SET full_at = statement_timestamp() + ${ahead("b")} + ${refill(granted)}, granted = ${granted}
      RETURNING key, granted, ${aheadMillis("b")}`
  },
  look: { name: "rate-look", text: `SELECT key, ${aheadMillis("b")} FROM rate_buckets b WHERE key = ANY ($1::text[])` },
  // A bucket that nobody knows is a full one.
  forget: {
    name: "rate-forget",
    text: `WITH gone AS (DELETE FROM rate_buckets WHERE key IN (
        SELECT key FROM rate_buckets WHERE full_at <= clock_timestamp() LIMIT ${deleted} FOR UPDATE SKIP LOCKED
      ) RETURNING 1) SELECT count(*) FROM gone`
  },
  ping: { name: "rate-ping", text: "SELECT 1" }
} satisfies Record<string, Prepared>

const decodeTaken = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.Number, Schema.Number)))
const decodeSeen = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.Number)))
const decodeCount = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))

/** What this node knows of a bucket. Times are monotonic milliseconds. */
interface Held {
  tokens: number
  /** Tokens of the last lease, and its end. */
  lease: number
  until: number
  /** The bucket was seen to have tokens. */
  believedUntil: number
  /** It has none before `nextAt`, and is not asked before `quietUntil`. */
  nextAt: number
  quietUntil: number
}

export const make = Effect.fnUntraced(function* (postgres: PostgresService) {
  const { query } = postgres
  const scope = yield* Effect.scope
  let isAway = false

  const noAnswer = new StoreUnavailable({ reason: "The database gave no answer in time", cause: undefined })
  const impatiently = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.raceFirst(query(statement, values), Effect.zipRight(pause(patience), noAnswer))

  /** Asks until there is an answer again. No request waits for that. */
  const isBack = Effect.zipRight(pause(retryEvery), Effect.option(impatiently(statements.ping, [])))
  const away = Effect.suspend(() => {
    if (isAway) return Effect.void
    isAway = true
    return isBack.pipe(
      Effect.repeat({ until: Option.isSome }),
      Effect.zipRight(
        Effect.sync(() => {
          isAway = false
        })
      ),
      Effect.forkIn(scope)
    )
  })
  const ask = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.suspend(() => (isAway ? noAnswer : Effect.tapError(impatiently(statement, values), () => away)))

  const forget = Effect.map(query(statements.forget, []), (rows) => decodeCount(rows)[0][0])
  yield* duty(postgres, "rate buckets", "1 minute", Effect.repeat(forget, { until: (count) => count < deleted }))

  /** One limit; `own` is this node's, for when there is no other. */
  return Effect.fnUntraced(function* (name: string, limit: number, own: Limit) {
    const held = new LRUCache<string, Held>({ max: capacity })
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

    /** What a lease brought goes to those who wait for it, and what they leave to those who come next. */
    const commit = (askers: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        const before = yield* monotonic
        const counts = new Map<string, number>()
        for (const who of askers) counts.set(who, (counts.get(who) ?? 0) + 1)
        const wanted = [...counts].map(([who, count]) => {
          const bucket = of(who)
          // A lease that was used up in its time was too small; after a rest it is begun with a small one again.
          bucket.lease = before < bucket.until ? Math.min(largest(limit), 2 * bucket.lease) : 1
          return Math.max(count, bucket.lease)
        })
        const rows = decodeTaken(yield* ask(statements.take, [[...counts.keys()].map(keyOf), wanted, limit]))
        const now = yield* monotonic
        const brought = new Map(rows.map(([key, count, aheadBy]) => [key, { count, aheadBy }]))
        const left = new Map<string, number>()
        for (const [who, count] of counts) {
          const { aheadBy, count: got } = brought.get(keyOf(who)) ?? { aheadBy: 0, count: 0 }
          const bucket = of(who)
          bucket.tokens = Math.max(0, got - count)
          bucket.until = now + kept
          bucket.believedUntil = now + kept
          if (got < count) empty(bucket, aheadBy, now)
          left.set(who, got)
        }
        return askers.map((who) => {
          const mine = left.get(who) ?? 0
          left.set(who, mine - 1)
          return Exit.succeed(mine > 0)
        })
      }).pipe(Effect.catchAll((error) => Effect.succeed(askers.map(() => Exit.fail(error)))))
    const lease = yield* GroupCommit.make<string, boolean, StoreUnavailable>({ capacity: 8192, batch: 256, commit })

    const look = yield* gathered((askers: ReadonlyArray<string>) =>
      Effect.map(ask(statements.look, [askers.map(keyOf)]), (rows) => {
        const seen = new Map(decodeSeen(rows))
        return askers.map((who) => seen.get(keyOf(who)) ?? 0)
      })
    )

    const refuse = (bucket: Held, now: number) => {
      refused++
      return new RateLimited({ retryAfter: Math.max(1, Math.ceil((bucket.nextAt - now) / 1000)) })
    }
    const takeOne = (who: string) =>
      Effect.flatMap(monotonic, (now): Effect.Effect<void, RateLimited | StoreUnavailable> => {
        const bucket = of(who)
        if (bucket.tokens > 0 && now < bucket.until) {
          bucket.tokens--
          return Effect.void
        }
        if (now < bucket.quietUntil) return refuse(bucket, now)
        return Effect.flatMap(lease(who), (isGranted) =>
          isGranted ? Effect.void : Effect.flatMap(monotonic, (later) => refuse(of(who), later))
        )
      })
    const askFor = (who: string) =>
      Effect.flatMap(monotonic, (now): Effect.Effect<void, RateLimited | StoreUnavailable> => {
        const bucket = held.get(who)
        if (bucket !== undefined) {
          if ((bucket.tokens > 0 && now < bucket.until) || now < bucket.believedUntil) return Effect.void
          if (now < bucket.quietUntil) return refuse(bucket, now)
        }
        return Effect.flatMap(Effect.zip(look(who), monotonic), ([aheadBy, later]) => {
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
      refused: () => refused + own.refused()
    }
    return shared
  })
})
