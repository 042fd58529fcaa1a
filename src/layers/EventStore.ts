// The durable log in SQLite. An append is one immediate transaction; what it stored is published after the COMMIT,
// in order of sequence, and never from inside the transaction.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Arr from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  type Aggregate,
  type CommandId,
  ConcurrencyConflict,
  type EventFilter,
  EventId,
  EventMetadata,
  LogId,
  matches,
  type NewEvent,
  noVersion,
  Sequence,
  StoredEvent,
  type StoreUnavailable,
  Version
} from "../domain/StoredEvent.ts"
import { EventBus } from "./EventBus.ts"
import { Ids } from "./Ids.ts"
import { Sql, storeErrors } from "./Sql.ts"

export interface Append {
  readonly aggregate: Aggregate
  /** The version that the caller decided upon: 0 for an aggregate that has no events yet. */
  readonly expectedVersion: Version
  readonly events: Arr.NonEmptyReadonlyArray<NewEvent>
  /** Seen before: the first result is returned again and nothing is written. */
  readonly commandId: CommandId
  readonly metadata?: Partial<Omit<EventMetadata, "commandId">> | undefined
}

/** The stored events of one append; `sequence` and `version` are those of the last. */
export interface Appended {
  readonly events: Arr.NonEmptyReadonlyArray<StoredEvent>
  readonly sequence: Sequence
  readonly version: Version
}

export interface ReadAll {
  /** Events with a greater sequence. */
  readonly after: Sequence
  /** Events up to and with this sequence. */
  readonly upTo?: Sequence | undefined
  readonly filter?: EventFilter | undefined
  readonly limit?: number | undefined
}

const pageSize = 1000

const columns = `sequence, event_id AS "eventId", aggregate_type AS "aggregateType", aggregate_id AS "aggregateId", version,
  event_type AS "eventType", schema_version AS "schemaVersion", payload, metadata, occurred_at AS "occurredAt"`

const StoredEventRow = Schema.Struct({
  ...StoredEvent.fields,
  payload: Schema.parseJson(),
  metadata: Schema.parseJson(EventMetadata)
})
const decodeRows = Schema.decodeUnknown(Schema.Array(StoredEventRow))
const encodeRow = Schema.encodeSync(StoredEventRow)
const decodePosition = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ head: Sequence, version: Version })))
const decodeHead = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ head: Sequence })))
const decodeLogId = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ logId: LogId })))

const insert = (sql: SqlClient, event: StoredEvent) => {
  const row = encodeRow(event)
  return sql`INSERT INTO events ${sql.insert({
    sequence: row.sequence,
    event_id: row.eventId,
    aggregate_type: row.aggregateType,
    aggregate_id: row.aggregateId,
    version: row.version,
    event_type: row.eventType,
    schema_version: row.schemaVersion,
    payload: row.payload,
    metadata: row.metadata,
    command_id: event.metadata.commandId,
    occurred_at: row.occurredAt
  })}`
}

const ofAggregate = (sql: SqlClient, { id, type }: Aggregate) => sql`aggregate_type = ${type} AND aggregate_id = ${id}`

const conditions = (sql: SqlClient, filter: EventFilter = {}): ReadonlyArray<Fragment> => [
  ...(filter.aggregateType === undefined ? [] : [sql`aggregate_type = ${filter.aggregateType}`]),
  ...(filter.aggregateId === undefined ? [] : [sql`aggregate_id = ${filter.aggregateId}`]),
  ...(filter.eventTypes === undefined ? [] : [sql.in("event_type", filter.eventTypes)])
]

/** Events that meet all conditions, in order of sequence (and so, within an aggregate, of version). */
const select = (sql: SqlClient, where: ReadonlyArray<Fragment>, limit: number) =>
  Effect.flatMap(
    sql`SELECT ${sql.literal(columns)} FROM events WHERE ${sql.and(where)} ORDER BY sequence LIMIT ${limit}`,
    decodeRows
  )

/** Reads page after page: each begins after the position of the last event of the one before. */
const paged = <Position extends number, E>(
  after: Position,
  read: (from: Position) => Effect.Effect<ReadonlyArray<StoredEvent>, E>,
  position: (event: StoredEvent) => Position
): Stream.Stream<StoredEvent, E> =>
  Stream.paginateChunkEffect(after, (from) =>
    Effect.map(read(from), (events) => {
      const last = events.at(-1)
      const next = last === undefined || events.length < pageSize ? Option.none() : Option.some(position(last))
      return [Chunk.unsafeFromArray(events), next]
    })
  )

const appended = (events: Arr.NonEmptyReadonlyArray<StoredEvent>): Appended => {
  const last = Arr.lastNonEmpty(events)
  return { events, sequence: last.sequence, version: last.version }
}

const checkVersion = ({ aggregate, expectedVersion }: Append, actualVersion: Version) =>
  actualVersion === expectedVersion
    ? Effect.void
    : Effect.fail(new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion }))

const limited =
  (limit: number) =>
  <A, E>(stream: Stream.Stream<A, E>) =>
    Number.isFinite(limit) ? Stream.take(stream, limit) : stream

/** Gives new events their ids, positions and time. */
const stamp = Effect.fnUntraced(function* (ids: Context.Tag.Service<typeof Ids>, append: Append, head: number) {
  const occurredAt = yield* DateTime.now
  return yield* Effect.forEach(append.events, (event, index) =>
    Effect.map(
      ids.timeOrdered,
      (eventId): StoredEvent => ({
        ...event,
        sequence: Sequence.make(head + index + 1),
        eventId: EventId.make(eventId),
        aggregateType: append.aggregate.type,
        aggregateId: append.aggregate.id,
        version: Version.make(append.expectedVersion + index + 1),
        metadata: {
          correlationId: append.commandId,
          causationId: null,
          visitorId: null,
          ...append.metadata,
          commandId: append.commandId
        },
        occurredAt
      })
    )
  )
})

export class EventStore extends Context.Tag("evenstar/EventStore")<
  EventStore,
  {
    readonly append: (append: Append) => Effect.Effect<Appended, ConcurrencyConflict | StoreUnavailable>
    /** One aggregate's events after a version, in order. */
    readonly readStream: (aggregate: Aggregate, after?: Version) => Stream.Stream<StoredEvent, StoreUnavailable>
    /** The log after a sequence, in order, read page by page. */
    readonly readAll: (options: ReadAll) => Stream.Stream<StoredEvent, StoreUnavailable>
    /** The last sequence; 0 when the log is empty. */
    readonly head: Effect.Effect<Sequence, StoreUnavailable>
    readonly logId: LogId
  }
>() {
  /** In SQLite. */
  static readonly layer = Layer.effect(
    EventStore,
    Effect.gen(function* () {
      const { immediate, read, write } = yield* Sql
      const bus = yield* EventBus
      const ids = yield* Ids
      const oneAtATime = yield* Effect.makeSemaphore(1)
      const [{ logId }] = yield* Effect.orDie(Effect.flatMap(read`SELECT log_id AS "logId" FROM log`, decodeLogId))

      const commit = (append: Append) =>
        storeErrors(
          immediate(
            Effect.gen(function* () {
              const aggregate = ofAggregate(write, append.aggregate)
              const before = yield* select(write, [aggregate, write`command_id = ${append.commandId}`], pageSize)
              if (Arr.isNonEmptyReadonlyArray(before)) return { stored: before, isNew: false }
              const [{ head, version }] = yield* Effect.flatMap(
                write`SELECT (SELECT COALESCE(MAX(sequence), 0) FROM events) AS head,
                  (SELECT COALESCE(MAX(version), 0) FROM events WHERE ${aggregate}) AS version`,
                decodePosition
              )
              yield* checkVersion(append, version)
              const stored = yield* stamp(ids, append, head)
              yield* Effect.forEach(stored, (event) => insert(write, event), { discard: true })
              return { stored, isNew: true }
            })
          )
        )

      return {
        logId,
        append: Effect.fn("EventStore.append")((append: Append) =>
          // Committing and ringing are one step under one permit: so the bus hears sequences in order.
          oneAtATime
            .withPermits(1)(
              Effect.uninterruptible(
                Effect.tap(commit(append), ({ isNew, stored }) => (isNew ? bus.publish(stored) : Effect.void))
              )
            )
            .pipe(Effect.map(({ stored }) => appended(stored)))
        ),
        readStream: (aggregate, after = noVersion) =>
          paged(
            after,
            (from) => storeErrors(select(read, [ofAggregate(read, aggregate), read`version > ${from}`], pageSize)),
            (event) => event.version
          ),
        readAll: ({ after, filter, limit = Number.POSITIVE_INFINITY, upTo }) => {
          const where = [...conditions(read, filter), ...(upTo === undefined ? [] : [read`sequence <= ${upTo}`])]
          return paged(
            after,
            (from) => storeErrors(select(read, [read`sequence > ${from}`, ...where], Math.min(pageSize, limit))),
            (event) => event.sequence
          ).pipe(limited(limit))
        },
        head: storeErrors(Effect.flatMap(read`SELECT COALESCE(MAX(sequence), 0) AS head FROM events`, decodeHead)).pipe(
          Effect.map(([{ head }]) => head)
        )
      }
    })
  )

  /** In memory, for tests and for trying things out: gone with the process. */
  static readonly layerMemory = Layer.effect(
    EventStore,
    Effect.gen(function* () {
      const bus = yield* EventBus
      const ids = yield* Ids
      const oneAtATime = yield* Effect.makeSemaphore(1)
      const logId = LogId.make(yield* ids.random)
      const log: Array<StoredEvent> = []
      const isOf = (aggregate: Aggregate) => (event: StoredEvent) =>
        event.aggregateType === aggregate.type && event.aggregateId === aggregate.id

      const commit = Effect.fnUntraced(function* (append: Append) {
        const stream = log.filter(isOf(append.aggregate))
        const before = stream.filter((event) => event.metadata.commandId === append.commandId)
        if (Arr.isNonEmptyReadonlyArray(before)) return appended(before)
        yield* checkVersion(append, Version.make(stream.length))
        const stored = yield* stamp(ids, append, log.length)
        log.push(...stored)
        yield* bus.publish(stored)
        return appended(stored)
      })

      return {
        logId,
        append: (append) => oneAtATime.withPermits(1)(Effect.uninterruptible(commit(append))),
        readStream: (aggregate, after = noVersion) =>
          Stream.suspend(() =>
            Stream.fromIterable(log.filter((event) => isOf(aggregate)(event) && event.version > after))
          ),
        readAll: ({ after, filter = {}, limit = Number.POSITIVE_INFINITY, upTo }) =>
          Stream.suspend(() =>
            Stream.fromIterable(log.slice(after, upTo).filter((event) => matches(filter, event)))
          ).pipe(limited(limit)),
        head: Effect.sync(() => Sequence.make(log.length))
      }
    })
  )
}
