// Assigns ids, positions and the time to new events, for every backend.
import type { CommandResult } from "../../domain/Idempotency.ts"
import { EventId, Sequence, StoredEvent, Version } from "../../domain/StoredEvent.ts"
import type { Append, Appended } from "./EventStore.ts"

/** Skips brand validation of values made here: it costs more than everything else. */
const unchecked = true

/** Shared by the events of one transaction. */
export interface StampContext {
  /** Milliseconds since 1970, and the same in ISO 8601. */
  readonly now: number
  readonly occurredAt: string
  readonly eventId: (now: number) => string
  readonly nodeId: string
}

/** Stored events of an append after `head`; `texts` are their payloads as JSON. */
export const stampEvents = (
  append: Append,
  texts: ReadonlyArray<string>,
  head: number,
  { eventId, nodeId, now, occurredAt }: StampContext
) => {
  const { aggregate, commandId, events, expectedVersion, metadata = {} } = append
  const metadataText = JSON.stringify({
    commandId,
    correlationId: metadata.correlationId ?? commandId,
    causationId: metadata.causationId ?? null,
    visitorId: metadata.visitorId ?? null,
    nodeId
  })
  return events.map(
    (event, index) =>
      new StoredEvent(
        Sequence.make(head + index + 1, unchecked),
        EventId.make(eventId(now), unchecked),
        aggregate.type,
        aggregate.id,
        Version.make(expectedVersion + index + 1, unchecked),
        event.eventType,
        event.schemaVersion,
        texts[index] ?? "null",
        metadataText,
        occurredAt
      )
  )
}

/**
 * Payloads as JSON text, encoded before the transaction: an unencodable payload is the caller's
 * defect only.
 */
export const payloadTexts = ({ events }: Append): ReadonlyArray<string> =>
  events.map(({ payload }) => JSON.stringify(payload) ?? "null")

const noDetail: CommandResult["detail"] = {}

/** The result of an append, new or repeated. */
export const appendResult = (events: ReadonlyArray<StoredEvent>, { idempotency }: Append): Appended => {
  const last = events[events.length - 1]
  if (last === undefined) throw new TypeError("An append has at least one event")
  return { events, sequence: last.sequence, version: last.version, detail: idempotency?.detail ?? noDetail }
}

/** The result of a repeated request. */
export const repeatedResult = (answer: CommandResult): Appended => ({ ...answer, events: [] })
