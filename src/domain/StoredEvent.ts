// The log's words: what an event is once it is stored, how a reader selects events, and how an append can fail.
// The payload stays plain JSON here; what it means is the business of the aggregate that wrote it.
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/** Position in the whole log: 1, 2, 3 … without gaps, in the order of commit. Also the id of a server-sent event. */
export const Sequence = Schema.NonNegativeInt.pipe(Schema.brand("Sequence"))
export type Sequence = typeof Sequence.Type

/** Position within one aggregate: 1, 2, 3 … without gaps. 0 is an aggregate without events. */
export const Version = Schema.NonNegativeInt.pipe(Schema.brand("Version"))
export type Version = typeof Version.Type

/** A UUIDv7 (RFC 9562). */
export const EventId = Schema.UUID.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

/** Names one command: appending it twice stores it once. */
export const CommandId = Schema.NonEmptyString.pipe(Schema.brand("CommandId"))
export type CommandId = typeof CommandId.Type

/** The log's identity, made with the file. A cursor is only worth something together with it. */
export const LogId = Schema.NonEmptyString.pipe(Schema.brand("LogId"))
export type LogId = typeof LogId.Type

/** A UUID that a session holds: the owner of what it makes, in the log. */
export const VisitorId = Schema.UUID.pipe(Schema.brand("VisitorId"))
export type VisitorId = typeof VisitorId.Type

export const AggregateKey = Schema.Struct({ type: Schema.NonEmptyString, id: Schema.NonEmptyString })
export type AggregateKey = typeof AggregateKey.Type

export const EventMetadata = Schema.Struct({
  commandId: CommandId,
  correlationId: Schema.String,
  causationId: Schema.NullOr(Schema.String),
  visitorId: Schema.NullOr(VisitorId),
  /** The process that appended it; null in events from before there were several. */
  nodeId: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
})
export type EventMetadata = typeof EventMetadata.Type
const decodeMetadata = Schema.decodeUnknownSync(Schema.parseJson(EventMetadata))

/** What an aggregate hands to the log; the log adds ids, positions and the time. */
export const NewEvent = Schema.Struct({
  eventType: Schema.NonEmptyString,
  schemaVersion: Schema.Int,
  payload: Schema.Unknown
})
export type NewEvent = typeof NewEvent.Type

/**
 * An event as the log holds it. Payload and metadata stay the JSON text that was stored, and the time its ISO text, until
 * somebody asks for their values: most events are only passed on, and parsing them costs more than reading them.
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

  /** What it was made of, in that order. */
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

/** An event as the one JSON object that `/events` sends: what is JSON text already is not parsed to be written again. */
export const encodeStoredEvent = (event: StoredEvent): string =>
  `{"sequence":${event.sequence},"eventId":"${event.eventId}","aggregateType":${JSON.stringify(event.aggregateType)},` +
  `"aggregateId":${JSON.stringify(event.aggregateId)},"version":${event.version},` +
  `"eventType":${JSON.stringify(event.eventType)},"schemaVersion":${event.schemaVersion},` +
  `"payload":${event.payloadText},"metadata":${event.metadataText},"occurredAt":"${event.occurredAtText}"}`

/** Which events a reader wants; a missing field means all. */
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

/** Somebody else appended to the aggregate since the caller read it. Nothing was written. */
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

/** The database can't take the call now (locked, full, closed). Nothing was written. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String,
  cause: Schema.Defect
}) {
  readonly kind = "unavailable"
  readonly detail = "The database can't take this now; please try again"
  readonly retryAfter = 1
  override get message() {
    return this.reason
  }
}

/** The deadline of a request (lib/deadline.ts) passed before its turn. Nothing was written. */
export const deadlineExceeded = new StoreUnavailable({ reason: "Its turn did not come in time", cause: undefined })
