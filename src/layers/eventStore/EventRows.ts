// Maps events and command results to rows. Rows are trusted, because the tables are STRICT and
// immutable: only column types are checked. Measured by `npm run bench catch-up`.
import * as Schema from "effect/Schema"
import { CommandResult } from "../../domain/Idempotency.ts"
import { StoredEvent } from "../../domain/StoredEvent.ts"

export const columns =
  "sequence, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload, metadata, occurred_at"

type EventRow = ConstructorParameters<typeof StoredEvent>

/** `columns`, in their order. */
const isEventRow = (row: ReadonlyArray<unknown>): row is EventRow =>
  row.length === 10 &&
  typeof row[0] === "number" &&
  typeof row[1] === "string" &&
  typeof row[2] === "string" &&
  typeof row[3] === "string" &&
  typeof row[4] === "number" &&
  typeof row[5] === "string" &&
  typeof row[6] === "number" &&
  typeof row[7] === "string" &&
  typeof row[8] === "string" &&
  typeof row[9] === "string"

/** Throws on a foreign row, a defect. */
export const toEvent = (row: unknown): StoredEvent => {
  if (Array.isArray(row) && isEventRow(row)) return new StoredEvent(...row)
  throw new TypeError(`No event: ${JSON.stringify(row)}`)
}

/** Columns of `answers` for a repeated request. */
export const commandResultColumns = "sequence, version, detail, fingerprint"
export const CommandResultRow = Schema.Struct({
  ...CommandResult.fields,
  detail: Schema.parseJson(CommandResult.fields.detail),
  fingerprint: Schema.String
})

/** Values of `columns`, then `command_id`. */
export const toRow = (event: StoredEvent, commandId: string) => [
  event.sequence,
  event.eventId,
  event.aggregateType,
  event.aggregateId,
  event.version,
  event.eventType,
  event.schemaVersion,
  event.payloadText,
  event.metadataText,
  event.occurredAtText,
  commandId
]
