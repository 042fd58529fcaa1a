// Statements of the bucket table. A bucket is stored as the time when it will be full, so nothing
// refills it and a missing row is a full bucket. Timed by the database's clock.
import * as Schema from "effect/Schema"
import type { Prepared } from "../postgres/Postgres.ts"

/** Rows per deletion. */
export const deleted = 10_000

/** Statements for buckets that refill in `window` milliseconds. */
export const statementsOf = (window: number) => {
  /** Maximum missing refill: an empty bucket plus the same in debt. */
  const lowest = 2 * window

  /**
   * Missing refill of a bucket; more than `window` is debt. More than the maximum debt stems from a
   * clock set back and counts as empty.
   */
  const ahead = (bucket: string) => {
    const missing = `${bucket}.full_at - statement_timestamp()`
    return `CASE WHEN ${missing} > interval '${lowest} milliseconds' THEN interval '${window} milliseconds'
      ELSE greatest(${missing}, interval '0') END`
  }
  const aheadMillis = (bucket: string) => `(extract(epoch FROM ${ahead(bucket)}) * 1000)::float8`
  const tokens = (bucket: string) =>
    `greatest(floor((${window} - ${aheadMillis(bucket)}) * $3::float8 / ${window} + 1e-6), 0)::integer`
  const granted = `least(excluded.granted, ${tokens("b")})`
  const refill = (count: string) => `interval '${window} milliseconds' * (${count} / $3::float8)`

  return {
    // Ordered, so that nodes never deadlock.
    take: {
      name: `rate-take-${window}`,
      text: `INSERT INTO rate_buckets AS b (key, full_at, granted)
        SELECT key, statement_timestamp() + ${refill("least(wanted, $3)")}, least(wanted, $3)
        FROM unnest($1::text[], $2::integer[]) AS asked (key, wanted) ORDER BY key
        ON CONFLICT (key) DO UPDATE SET full_at = statement_timestamp() + ${ahead("b")} + ${refill(granted)}, granted = ${granted}
        RETURNING key, granted, ${aheadMillis("b")}`
    },
    charge: {
      name: `rate-charge-${window}`,
      text: `INSERT INTO rate_buckets AS b (key, full_at, granted)
        SELECT key, statement_timestamp() + least(${refill("sum(spent)")}, interval '${lowest} milliseconds'), 0
        FROM unnest($1::text[], $2::integer[]) AS asked (key, spent) GROUP BY key ORDER BY key
        ON CONFLICT (key) DO UPDATE SET full_at = statement_timestamp()
          + least(${ahead("b")} + (excluded.full_at - statement_timestamp()), interval '${lowest} milliseconds')`
    },
    look: {
      name: `rate-look-${window}`,
      text: `SELECT key, ${aheadMillis("b")} FROM rate_buckets b WHERE key = ANY ($1::text[])`
    }
  } satisfies Record<string, Prepared>
}

export const forget = {
  name: "rate-forget",
  text: `WITH gone AS (DELETE FROM rate_buckets WHERE key IN (
        SELECT key FROM rate_buckets WHERE full_at <= clock_timestamp() LIMIT ${deleted} FOR UPDATE SKIP LOCKED
      ) RETURNING 1) SELECT count(*) FROM gone`
} satisfies Prepared

export const decodeTaken = Schema.decodeUnknownSync(
  Schema.Array(Schema.Tuple(Schema.String, Schema.Number, Schema.Number))
)
export const decodeSeen = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.Number)))
export const decodeCount = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))
