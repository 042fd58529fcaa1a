// The vocabulary of the event store: stored events, filters, and errors of an append. The payload
// is plain JSON here; its meaning belongs to the aggregate.
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/** Global sequence: 1, 2, 3 … without gaps, in commit order. Also the SSE event id. */
export const Sequence = Schema.NonNegativeInt.pipe(Schema.brand("Sequence"))
export type Sequence = typeof Sequence.Type

/** Stream version of an aggregate: 1, 2, 3 … without gaps; 0 without events. */
export const Version = Schema.NonNegativeInt.pipe(Schema.brand("Version"))
export type Version = typeof Version.Type

/** A UUIDv7 (RFC 9562). */
export const EventId = Schema.UUID.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

/** Identifies one command: appending it twice stores it once. */
export const CommandId = Schema.NonEmptyString.pipe(Schema.brand("CommandId"))
export type CommandId = typeof CommandId.Type

/** The log's identity, created with the file. A checkpoint is only valid with its logId. */
export const LogId = Schema.NonEmptyString.pipe(Schema.brand("LogId"))
export type LogId = typeof LogId.Type

/** A UUID held by a session: the owner of what its visitor creates. */
export const VisitorId = Schema.UUID.pipe(Schema.brand("VisitorId"))
export type VisitorId = typeof VisitorId.Type

export const AggregateKey = Schema.Struct({ type: Schema.NonEmptyString, id: Schema.NonEmptyString })
export type AggregateKey = typeof AggregateKey.Type

export const EventMetadata = Schema.Struct({
  commandId: CommandId,
  correlationId: Schema.String,
  causationId: Schema.NullOr(Schema.String),
  visitorId: Schema.NullOr(VisitorId),
  /** The node that appended it; null in events stored before nodes existed. */
  nodeId: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
})
export type EventMetadata = typeof EventMetadata.Type
const decodeMetadata = Schema.decodeUnknownSync(Schema.parseJson(EventMetadata))

/** An event before the append, which adds ids, positions and the time. */
export const NewEvent = Schema.Struct({
  eventType: Schema.NonEmptyString,
  schemaVersion: Schema.Int,
  payload: Schema.Unknown
})
export type NewEvent = typeof NewEvent.Type

/**
 * A stored event. Payload, metadata and time stay text until accessed: most events are only passed
 * on, and parsing costs more than reading.
 */
export class StoredEvent {
  constructor(
    readonly sequence: Sequence,
    readonly eventId: EventId,
    readonly aggregateType: string,
    readonly aggregateId: string,
    readonly version: Version,
    readonly eventType: string,
    readonly schemaVersion: number,
    readonly payloadText: string,
    readonly metadataText: string,
    readonly occurredAtText: string
  ) {}

  /** Constructor arguments, in order. */
  get fields(): ConstructorParameters<typeof StoredEvent> {
    return [
      this.sequence,
      this.eventId,
      this.aggregateType,
      this.aggregateId,
      this.version,
      this.eventType,
      this.schemaVersion,
      this.payloadText,
      this.metadataText,
      this.occurredAtText
    ]
  }
  get payload(): unknown {
    return JSON.parse(this.payloadText)
  }
  get metadata(): EventMetadata {
    return decodeMetadata(this.metadataText)
  }
  get occurredAt(): DateTime.Utc {
    return DateTime.unsafeMake(this.occurredAtText)
  }
}

/** The JSON object of `/events`; stored JSON text is embedded without parsing. */
export const encodeStoredEvent = (event: StoredEvent): string =>
  `{"sequence":${event.sequence},"eventId":"${event.eventId}","aggregateType":${JSON.stringify(event.aggregateType)},` +
  `"aggregateId":${JSON.stringify(event.aggregateId)},"version":${event.version},` +
  `"eventType":${JSON.stringify(event.eventType)},"schemaVersion":${event.schemaVersion},` +
  `"payload":${event.payloadText},"metadata":${event.metadataText},"occurredAt":"${event.occurredAtText}"}`

/** Filter of a read or subscription; a missing field matches all. */
export interface EventFilter {
  readonly aggregateType?: string | undefined
  readonly aggregateId?: string | undefined
  readonly eventTypes?: ReadonlyArray<string> | undefined
}

export const matches = (filter: EventFilter, event: StoredEvent): boolean =>
  (filter.aggregateType === undefined || filter.aggregateType === event.aggregateType) &&
  (filter.aggregateId === undefined || filter.aggregateId === event.aggregateId) &&
  (filter.eventTypes === undefined || filter.eventTypes.includes(event.eventType))

export const noEvents = Sequence.make(0)
export const noVersion = Version.make(0)

/** Another command appended first. Nothing was written. */
export class ConcurrencyConflict extends Schema.TaggedError<ConcurrencyConflict>()("ConcurrencyConflict", {
  aggregate: AggregateKey,
  expectedVersion: Version,
  actualVersion: Version
}) {
  readonly kind = "conflict"
  readonly detail = "Somebody else changed this at the same time; please try again"
  override get message() {
    return `${this.aggregate.type} ${this.aggregate.id} is at version ${this.actualVersion}, not ${this.expectedVersion}`
  }
}

/** The database is unavailable (locked, full, closed). Nothing was written. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String,
  cause: Schema.Defect
}) {
  readonly kind = "unavailable"
  readonly detail = "The database is not available now; please try again"
  readonly retryAfter = 1
  override get message() {
    return this.reason
  }
}

/** The request's deadline (lib/deadline.ts) passed while it waited. Nothing was written. */
export const deadlineExceeded = new StoreUnavailable({
  reason: "The request's deadline passed while it waited",
  cause: undefined
})
