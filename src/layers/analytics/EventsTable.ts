// The events table in DuckDB and its checkpoint, changed in one transaction. Disposable: rebuilt
// for another log or format.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { EventUndecodable } from "../../domain/EventCodec.ts"
import { type LogId, Sequence, type StoredEvent } from "../../domain/StoredEvent.ts"
import { toWellFormed, toWellFormedJson } from "../../domain/Text.ts"
import { type Connection, type DuckFailed, failed } from "./Duck.ts"
import type { LogDays } from "./logDays.ts"

/** Raise when the columns change. */
const format = 2

const create = [
  `CREATE TABLE events (
    sequence BIGINT NOT NULL,
    aggregate_type VARCHAR NOT NULL,
    aggregate_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    event_type VARCHAR NOT NULL,
    schema_version INTEGER NOT NULL,
    payload VARCHAR NOT NULL,
    occurred_at TIMESTAMP NOT NULL
  )`,
  "CREATE TABLE refused (sequence BIGINT NOT NULL, event_type VARCHAR NOT NULL, schema_version INTEGER NOT NULL)",
  "CREATE TABLE cursor (log_id VARCHAR NOT NULL, format INTEGER NOT NULL, position BIGINT NOT NULL)"
]

/** Runs the work in one transaction. */
export const transaction = <A, E, R>(connection: Connection, work: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    connection.run("BEGIN"),
    () => Effect.zipLeft(work, connection.run("COMMIT")),
    (_, exit) => (exit._tag === "Success" ? Effect.void : Effect.ignoreLogged(connection.run("ROLLBACK")))
  )

/** Columns of `events`, in order; times in the log's format. */
export const columns = [
  "sequence",
  "aggregate_type",
  "aggregate_id",
  "version",
  "event_type",
  "schema_version",
  "payload",
  "occurred_at"
] as const

/** Column values of an event. Lone surrogates of old events are replaced: DuckDB refuses them. */
export const toColumns = (event: StoredEvent) =>
  [
    event.sequence,
    toWellFormed(event.aggregateType),
    toWellFormed(event.aggregateId),
    event.version,
    toWellFormed(event.eventType),
    event.schemaVersion,
    toWellFormedJson(event.payloadText),
    event.occurredAtText
  ] as const

/**
 * Replaces a payload that DuckDB can't parse: one such value would fail every query on payloads.
 */
export const refusedPayload = "null"

/** Replaces unparsable payloads after a sequence and records their events. */
const refuse = (connection: Connection, after: Sequence) =>
  Effect.gen(function* () {
    const isMeant = "sequence > $after AND NOT json_valid(payload)"
    const found = yield* connection.query(`SELECT 1 FROM events WHERE ${isMeant} LIMIT 1`, { after })
    if (found.currentRowCount === 0) return []
    yield* connection.query(
      `INSERT INTO refused SELECT sequence, event_type, schema_version FROM events WHERE ${isMeant}`,
      { after }
    )
    yield* connection.query(`UPDATE events SET payload = '${refusedPayload}' WHERE ${isMeant}`, { after })
    return yield* refusedAfter(connection, after)
  })

const asUndecodable = ([sequence, eventType, schemaVersion]: ReadonlyArray<unknown>) =>
  new EventUndecodable({
    sequence: Sequence.make(Number(sequence)),
    eventType: String(eventType),
    schemaVersion: Number(schemaVersion),
    reason: "DuckDB can't parse its payload as JSON: queries see it as null"
  })

/** Events after a sequence whose payload was replaced, in order. */
export const refusedAfter = (connection: Connection, after: Sequence) =>
  Effect.map(
    connection.query(
      "SELECT sequence, event_type, schema_version FROM refused WHERE sequence > $after ORDER BY sequence",
      { after }
    ),
    (result) => result.getRowsJS().map(asUndecodable)
  )

/** Rows from `after` (exclusive) to `upTo`, in order; from 0 also rows below the first sequence. */
export const selectRows = (connection: Connection, after: Sequence, upTo: Sequence) =>
  Effect.map(
    connection.query(
      `SELECT * REPLACE (strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ') AS occurred_at)
      FROM events WHERE (sequence > $after OR $after = 0) AND sequence <= $upTo ORDER BY sequence`,
      { after, upTo }
    ),
    (result) => result.getRowsJS()
  )

/** The checkpoint; undefined for another format. */
export const readCursor = (connection: Connection) =>
  Effect.map(connection.query("SELECT log_id, format, position::DOUBLE AS position FROM cursor"), (result) => {
    const [row] = result.getRowObjectsJS()
    return row?.["format"] === format && typeof row["position"] === "number"
      ? { logId: row["log_id"], position: Sequence.make(row["position"]) }
      : undefined
  })

/** Reads all rows; fails on a corrupt block. */
export const readAllRows = (connection: Connection) => connection.run("SELECT bit_xor(hash(events)) FROM events")

/** The checkpoint in the current transaction. */
export const position = (connection: Connection): Effect.Effect<Sequence, DuckFailed> =>
  Effect.flatMap(readCursor(connection), (cursor) =>
    cursor === undefined ? Effect.fail(failed("The cursor is missing")) : Effect.succeed(cursor.position)
  )

/** First and last day of the rows, within years 1 to 9999; undefined without rows. */
export const days = (connection: Connection): Effect.Effect<LogDays | undefined, DuckFailed> =>
  Effect.map(
    connection.query(
      `SELECT strftime(greatest(min(occurred_at)::DATE, DATE '0001-01-01'), '%Y-%m-%d') AS "first",
        strftime(least(max(occurred_at)::DATE, DATE '9999-12-31'), '%Y-%m-%d') AS "last",
        count(*) > 0 AS some FROM events`
    ),
    (result) => {
      const [row] = result.getRowObjectsJS()
      return row?.["some"] === true ? { first: String(row["first"]), last: String(row["last"]) } : undefined
    }
  )

/** Creates empty tables for a log. */
export const createTables = (connection: Connection, logId: LogId) =>
  transaction(
    connection,
    Effect.gen(function* () {
      yield* connection.run("DROP TABLE IF EXISTS events")
      yield* connection.run("DROP TABLE IF EXISTS refused")
      yield* connection.run("DROP TABLE IF EXISTS cursor")
      for (const statement of create) yield* connection.run(statement)
      yield* connection.query("INSERT INTO cursor VALUES ($logId, $format, 0)", { logId, format })
    })
  )

/** Why the rows must be rebuilt for a log that ends at `head`; undefined if not. */
export const rebuildReason = Effect.fnUntraced(function* (connection: Connection, logId: LogId, head: Sequence) {
  const tables = yield* connection.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'cursor'")
  if (tables.currentRowCount === 0) return "its database is new"
  const cursor = yield* readCursor(connection)
  if (cursor === undefined) return "its rows have another format"
  if (cursor.logId !== logId) return "its rows are of another log"
  if (cursor.position > head) return "its cursor is beyond the end of the log"
})

/** Rows per appender flush: a call costs some hundred microseconds, a row two. */
const flushEvery = 1000

/** Appends events in an open transaction; `commit` ends it and moves the checkpoint. */
export const makeWriter = (connection: Connection) =>
  Effect.gen(function* () {
    const appender = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => connection.native.createAppender("events"), catch: failed }),
      (appender) => Effect.sync(() => appender.clear())
    )
    let isOpen = false
    let rows = 0
    let unflushed = 0
    let committed = yield* position(connection)
    let last: Sequence | undefined

    const begin = Effect.uninterruptible(
      Effect.map(connection.run("BEGIN"), () => {
        isOpen = true
      })
    )
    const write = (events: ReadonlyArray<StoredEvent>) => {
      for (const event of events) {
        const [sequence, aggregateType, aggregateId, version, eventType, schemaVersion, payload, time] =
          toColumns(event)
        appender.appendBigInt(BigInt(sequence))
        appender.appendVarchar(aggregateType)
        appender.appendVarchar(aggregateId)
        appender.appendInteger(version)
        appender.appendVarchar(eventType)
        appender.appendInteger(schemaVersion)
        appender.appendVarchar(payload)
        appender.appendVarchar(time)
        appender.endRow()
      }
      rows += events.length
      last = events.at(-1)?.sequence ?? last
      unflushed += events.length
      // Flushes in portions: one large flush would block the event loop.
      if (unflushed >= flushEvery) flush()
    }
    const flush = () => {
      appender.flushSync()
      unflushed = 0
    }
    // Uninterruptible: half a commit would be lost work.
    const commit = Effect.uninterruptible(
      Effect.gen(function* () {
        yield* Effect.try({ try: flush, catch: failed })
        const refused = yield* refuse(connection, committed)
        yield* connection.query("UPDATE cursor SET position = $last", { last })
        yield* connection.run("COMMIT")
        committed = last ?? committed
        isOpen = false
        rows = 0
        return refused
      })
    )
    const rollback = Effect.suspend(() => {
      appender.clear()
      return connection.run("ROLLBACK")
    })
    yield* Effect.addFinalizer((exit) => {
      if (!isOpen) return Effect.void
      // On interruption pending rows are committed; after a failure they are rolled back.
      const isWhole = rows > 0 && Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
      return Effect.ignoreLogged(isWhole ? Effect.orElse(commit, () => rollback) : rollback)
    })
    return {
      /** Uncommitted rows. */
      rows: () => rows,
      append: (events: ReadonlyArray<StoredEvent>) =>
        Effect.zipRight(isOpen ? Effect.void : begin, Effect.try({ try: () => write(events), catch: failed })),
      /** Returns the events whose payloads DuckDB can't parse. */
      commit
    }
  })
