// Gives new events their ids, their positions and the time, as every kind of log does it.
import type { CommandResult } from "../../domain/Idempotency.ts"
import { EventId, Sequence, StoredEvent, Version } from "../../domain/StoredEvent.ts"
import type { Append, Appended } from "./EventStore.ts"

/** What is counted and made here needs no check, and a check costs more than all the rest. */
const unchecked = true

/** What the events of one transaction have in common. */
export interface Time {
  /** Milliseconds since 1970, and the same in ISO 8601. */
  readonly now: number
  readonly occurredAt: string
  readonly eventId: (now: number) => string
  readonly nodeId: string
}

/** The events of an append after the log's `head`; `texts` are their payloads as JSON. */
export const stamp = (
  append: Append,
  texts: ReadonlyArray<string>,
  head: number,
  { eventId, nodeId, now, occurredAt }: Time
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

/** Payloads as JSON text, before the transaction: what can't be written as JSON is the caller's defect and nobody else's. */
export const payloadTexts = ({ events }: Append): ReadonlyArray<string> =>
  events.map(({ payload }) => JSON.stringify(payload) ?? "null")

const noDetail: CommandResult["detail"] = {}

/** The result of an append that stored these events, now or when the command came first. */
export const appended = (events: ReadonlyArray<StoredEvent>, { answer }: Append): Appended => {
  const last = events[events.length - 1]
  if (last === undefined) throw new TypeError("An append has at least one event")
  return { events, sequence: last.sequence, version: last.version, detail: answer?.detail ?? noDetail }
}

/** The result of a request that was answered before. */
export const repeated = (answer: CommandResult): Appended => ({ ...answer, events: [] })
