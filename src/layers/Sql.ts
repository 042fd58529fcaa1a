// One SQLite file, two connections: one that writes and one that only reads, so a read never waits for a transaction.
// Calls are synchronous, so a lock held elsewhere is waited for here, between tries, and never inside SQLite.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { type SqlClient, SqlClient as SqlClientTag, TransactionConnection } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { make as makeReader } from "@effect/sql-sqlite-node/SqliteClient"
import type Database from "better-sqlite3"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isParseError, type ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { StoreUnavailable } from "../domain/StoredEvent.ts"
import { migrations } from "./migrations.ts"
import { Settings } from "./Settings.ts"
import * as SqliteWriter from "./SqliteWriter.ts"

/** The start can't go on: the message is all that the operator needs. */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", { message: Schema.String }) {}

const SqliteFailure = Schema.Struct({ code: Schema.String, message: Schema.String })
const sqliteFailure = Schema.decodeUnknownOption(SqliteFailure)

/** SQLite's own code for what failed: `SQLITE_FULL`. */
export const sqliteCode = (error: SqlError): string | undefined =>
  Option.getOrUndefined(sqliteFailure(error.cause))?.code

const isBusy = (error: SqlError) => sqliteCode(error)?.startsWith("SQLITE_BUSY") === true

/** A failed statement as the domain's error, with SQLite's own reason. */
const unavailable = (error: SqlError): StoreUnavailable =>
  new StoreUnavailable({
    reason: Option.match(sqliteFailure(error.cause), {
      onNone: () => error.message,
      onSome: ({ code, message }) => `${message} (${code})`
    }),
    cause: error
  })

/** A failed statement is the caller's to handle; a row that our own append can't have written is a defect. */
export const storeErrors = <A, E, R>(effect: Effect.Effect<A, E | SqlError | ParseError, R>) =>
  effect.pipe(
    Effect.catchIf(
      (error) => error instanceof SqlError,
      (error) => Effect.fail(unavailable(error))
    ),
    Effect.catchIf(isParseError, (error) => Effect.die(error))
  )

const lockPatience = Schedule.exponential("2 millis").pipe(
  Schedule.union(Schedule.spaced("25 millis")),
  Schedule.upTo("5 seconds")
)

/** Another process has the lock: nothing has happened yet, and the connection is free for others until the next try. */
class LockHeld extends Data.TaggedError("LockHeld")<{ readonly error: SqlError }> {}
const isLockHeld = (error: unknown): error is LockHeld => error instanceof LockHeld

/** `BEGIN IMMEDIATE`, the effect, `COMMIT`; rolled back on any failure, a failing COMMIT included. */
const immediate =
  (sql: SqlClient, durability: "FULL" | "NORMAL") =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> => {
    const once = Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const connection = yield* restore(Effect.mapError(sql.reserve, unavailable))
          const run = (statement: string) => connection.executeUnprepared(statement, [], undefined)
          if (durability === "NORMAL") {
            yield* Effect.mapError(run("PRAGMA synchronous = NORMAL"), unavailable)
            yield* Effect.addFinalizer(() => Effect.orDie(run("PRAGMA synchronous = FULL")))
          }
          yield* Effect.mapError(run("BEGIN IMMEDIATE"), (error) =>
            isBusy(error) ? new LockHeld({ error }) : unavailable(error)
          )
          const exit = yield* restore(effect).pipe(
            Effect.provideService(TransactionConnection, [connection, 0]),
            Effect.tap(() => Effect.mapError(run("COMMIT"), unavailable)),
            Effect.exit
          )
          // SQLite itself rolls back on some failures (a full disk): then there is no transaction left to end.
          if (Exit.isFailure(exit)) yield* Effect.option(run("ROLLBACK"))
          return yield* exit
        })
      )
    )
    return once.pipe(
      Effect.catchIf(isLockHeld, () => Effect.retry(once, { schedule: lockPatience, while: isLockHeld })),
      Effect.catchIf(isLockHeld, ({ error }) => Effect.fail(unavailable(error)))
    )
  }

/** What went wrong at the root, in its own words: the wrappers around it say less. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

/**
 * `synchronous` is said on every connection: better-sqlite3 is built to fall back to NORMAL in WAL mode. The cache, in KiB,
 * holds the upper levels of the indexes of a log of millions.
 */
const configure = (sql: SqlClient) =>
  Effect.forEach(
    ["busy_timeout = 0", "foreign_keys = ON", "synchronous = FULL", "cache_size = -16384"],
    (setting) => sql.unsafe(`PRAGMA ${setting}`),
    { discard: true }
  )

/** `BEGIN IMMEDIATE`, the work, `COMMIT`, without a turn of the event loop in between. */
const transaction = ({ database, exclusive }: SqliteWriter.SqliteWriter) => {
  const begin = database.prepare("BEGIN IMMEDIATE")
  const commit = database.prepare("COMMIT")
  const rollback = database.prepare("ROLLBACK")
  return <A>(work: () => A): Effect.Effect<A, StoreUnavailable> => {
    const once = exclusive(() => {
      begin.run()
      try {
        const result = work()
        commit.run()
        return result
      } finally {
        // Still open: something failed. SQLite itself has rolled back where it found no other way (a full disk).
        if (database.inTransaction) rollback.run()
      }
    })
    // A schedule is only made where there is something to wait for: it costs more than the transaction.
    return Effect.catchAll(once, (error) =>
      Effect.mapError(
        isBusy(error) ? Effect.retry(once, { schedule: lockPatience, while: isBusy }) : Effect.fail(error),
        unavailable
      )
    )
  }
}

export class Sql extends Context.Tag("evenstar/Sql")<
  Sql,
  {
    /** Reads committed rows; refuses to write. */
    readonly read: SqlClient
    /** The only connection that writes. */
    readonly write: SqlClient
    readonly immediate: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
    /**
     * The same for rows that can be derived anew from the log: the commit isn't flushed to the disk by itself, but by the
     * next one that is. Should the power fail before that, it is as if the transaction had never been.
     */
    readonly derived: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
    /** A statement inside `immediate` or `derived`; a tenth of the cost of one that `write` builds. */
    readonly execute: SqliteWriter.Execute
    /** The writing connection itself, for statements prepared once; to be used inside `transact` only. */
    readonly database: Database.Database
    /** Synchronous work in one immediate transaction: rolled back, and a failure, when the work throws or the COMMIT fails. */
    readonly transact: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
  }
>() {
  /** `evenstar.db` in `DATA_DIR`, both made where they are missing. */
  static readonly layer = Layer.scoped(
    Sql,
    Effect.gen(function* () {
      const { dataDir } = yield* Settings
      const filename = join(dataDir, "evenstar.db")
      return yield* Effect.gen(function* () {
        yield* Effect.try(() => mkdirSync(dataDir, { recursive: true }))
        const writer = yield* SqliteWriter.make(filename)
        const write = writer.sql
        yield* write`PRAGMA journal_mode = WAL`
        yield* configure(write)
        yield* Effect.provideService(
          Migrator.make({})({ loader: Migrator.fromRecord(migrations) }),
          SqlClientTag,
          write
        )
        // The reader finds the file in WAL mode already, and may not set it.
        const read = yield* makeReader({ filename, readonly: true, disableWAL: true })
        yield* configure(read)
        return {
          read,
          write,
          immediate: immediate(write, "FULL"),
          derived: immediate(write, "NORMAL"),
          execute: writer.execute,
          database: writer.database,
          transact: transaction(writer)
        }
      }).pipe(
        Effect.catchAllCause((cause) => {
          const found = reason(Cause.squash(cause))
          return Effect.fail(new StartFailed({ message: `The database ${filename} can't be opened: ${found}` }))
        })
      )
    })
  ).pipe(Layer.provide(reactivityLayer))
}
