// PostgreSQL statements of the event store, and decoders of their rows.
import { SqlError } from "@effect/sql/SqlError"
import * as Schema from "effect/Schema"
import { CommandResult } from "../../domain/Idempotency.ts"
import { Sequence, StoredEvent, type StoreUnavailable, Version } from "../../domain/StoredEvent.ts"
import type { Prepared } from "../postgres/Postgres.ts"
import { errorCode } from "../sqlite/SqlErrors.ts"
import type { Append } from "./EventStore.ts"

/** Rows per read. */
export const window = 500

const columns = `sequence, event_id::text, aggregate_type, aggregate_id, version, event_type, schema_version, payload::text,
  metadata::text, occurred_at`

export const statements = {
  head: { name: "head", text: "SELECT coalesce(max(sequence), 0) FROM events" },
  append: { name: "append", text: `SELECT * FROM append_events(${Array.from({ length: 15 }, (_, i) => `$${i + 1}`)})` },
  ofCommand: {
    name: "of-command",
    text: `SELECT ${columns} FROM events WHERE command_id = $1 AND aggregate_type = $2 AND aggregate_id = $3 ORDER BY sequence`
  },
  stream: {
    name: "stream",
    text: `SELECT ${columns} FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND version > $3 ORDER BY version LIMIT ${window}`
  },
  // A page is a range of sequences, always read by the primary key.
  page: {
    name: "page",
    text: `SELECT ${columns} FROM (SELECT * FROM events WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence) page
      WHERE ($3::text IS NULL OR aggregate_type = $3) AND ($4::text IS NULL OR aggregate_id = $4)
        AND ($5::text[] IS NULL OR event_type = ANY ($5)) ORDER BY sequence`
  },
  answer: {
    name: "answer",
    text: "SELECT fingerprint, sequence, version, detail FROM answers WHERE scope = $1 AND key = $2 AND answered_at > $3"
  },
  remember: {
    name: "remember",
    text: `INSERT INTO answers AS a (scope, key, fingerprint, sequence, version, detail, answered_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
        sequence = excluded.sequence, version = excluded.version, detail = excluded.detail, answered_at = excluded.answered_at
      WHERE a.answered_at <= $8 RETURNING 1`
  },
  forget: {
    name: "forget",
    text: `DELETE FROM answers WHERE (scope, key) IN (
      SELECT scope, key FROM answers WHERE answered_at <= $1 LIMIT ${window}) RETURNING 1`
  },
  countAnswers: { name: "count-answers", text: "SELECT count(*) FROM answers" }
} satisfies Record<string, Prepared>

export const decodeHead = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Sequence)))
export const decodeCount = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))
export const decodeVerdicts = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Tuple(
      Schema.Literal("stored", "answered", "repeated", "conflict"),
      Schema.NullOr(Schema.Number),
      Version,
      Schema.NullOr(Schema.Struct({ ...CommandResult.fields, fingerprint: Schema.String }))
    )
  )
)
export type Verdict = ReturnType<typeof decodeVerdicts>[number]
export const decodeCommandResults = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Tuple(
      Schema.String,
      CommandResult.fields.sequence,
      CommandResult.fields.version,
      CommandResult.fields.detail
    )
  )
)

/** By SQLSTATE class: data exception, constraint, program limit, raised exception. */
export const isPostgresRequestError = ({ cause }: StoreUnavailable) =>
  cause instanceof SqlError && /^(22|23|54|P0)/.test(errorCode(cause) ?? "")

/**
 * Replaces the relative sequence by the final one; `first`: sequence of the append's first event.
 */
export const withSequence = ({ fields: [place, ...others] }: StoredEvent, first: number) =>
  new StoredEvent(Sequence.make(first - 1 + place, true), ...others)

/** The `requests` argument of append_events; requests are numbered from 1. */
export const appendArgument = ({ aggregate, idempotency, commandId, expectedVersion, events }: Append) => ({
  type: aggregate.type,
  id: aggregate.id,
  expected: expectedVersion,
  command: commandId,
  count: events.length,
  ...(idempotency === undefined ? {} : { ...idempotency.request, detail: idempotency.detail })
})

/** Its event arrays; the first two are request index (1-based) and event index (0-based). */
export const eventColumns = (appends: ReadonlyArray<Append>, stamped: ReadonlyArray<ReadonlyArray<StoredEvent>>) => {
  const all = appends.flatMap(({ commandId }, index) =>
    (stamped[index] ?? []).map((event, place) => ({ event, n: index + 1, place, commandId }))
  )
  return [
    all.map(({ n }) => n),
    all.map(({ place }) => place),
    all.map(({ event }) => event.aggregateType),
    all.map(({ event }) => event.aggregateId),
    all.map(({ event }) => event.version),
    all.map(({ commandId }) => commandId),
    all.map(({ event }) => event.eventId),
    all.map(({ event }) => event.eventType),
    all.map(({ event }) => event.schemaVersion),
    all.map(({ event }) => event.payloadText),
    all.map(({ event }) => event.metadataText)
  ]
}

const keysOf = ({ aggregate, idempotency, commandId }: Append) => [
  `a ${JSON.stringify([aggregate.type, aggregate.id])}`,
  `c ${commandId}`,
  ...(idempotency === undefined ? [] : [`k ${JSON.stringify([idempotency.request.scope, idempotency.request.key])}`])
]

/**
 * Splits appends into rounds, because append_events judges all requests by the log before the call:
 * no round contains two appends of one aggregate, command or key, and their order is kept.
 */
export const appendRounds = (appends: ReadonlyArray<Append>): ReadonlyArray<ReadonlyArray<Append>> => {
  const rounds: Array<Array<Append>> = []
  /** First round allowed for each key. */
  const next = new Map<string, number>()
  for (const append of appends) {
    const keys = keysOf(append)
    const round = Math.max(...keys.map((key) => next.get(key) ?? 0))
    for (const key of keys) next.set(key, round + 1)
    const some = rounds[round]
    if (some === undefined) rounds.push([append])
    else some.push(append)
  }
  return rounds
}
