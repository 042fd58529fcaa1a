// One SQLite file: one connection writes, the others only read, so that a read never waits for a transaction.
// Calls are synchronous, so a lock held elsewhere is waited for here, between tries, and never inside SQLite.
import { statSync } from "node:fs"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { type SqlClient, SqlClient as SqlClientTag } from "@effect/sql/SqlClient"
import { make as makeReader } from "@effect/sql-sqlite-node/SqliteClient"
import type Database from "better-sqlite3"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LogId, type StoreUnavailable } from "../../domain/StoredEvent.ts"
import { makePrivate } from "../node/privateFiles.ts"
import { databaseFile, derivedFile, Settings } from "../node/Settings.ts"
import { StartFailed } from "../node/StartFailed.ts"
import { Postgres } from "../postgres/Postgres.ts"
import { lastMigration, migrations, newestMigration } from "./migrations.ts"
import { storeUnavailable } from "./SqlErrors.ts"
import * as SqliteReader from "./SqliteReader.ts"
import * as SqliteWriter from "./SqliteWriter.ts"
import type { LockHeld } from "./SqlTransactions.ts"
import * as Transaction from "./SqlTransactions.ts"

export { errorCode, storeErrors } from "./SqlErrors.ts"

/** What went wrong at the root, in its own words: the wrappers around it say less. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

/** Bytes that the WAL keeps of what it has grown to, when it begins anew: without it, it stays as large as it has ever been. */
const walLimit = 16 * 1024 * 1024

/**
 * `synchronous` is said on every connection: better-sqlite3 is built to fall back to NORMAL in WAL mode. The cache, in KiB,
 * holds the upper levels of the indexes of a log of millions.
 */
const configure = (sql: SqlClient) =>
  Effect.forEach(
    [
      "busy_timeout = 0",
      "foreign_keys = ON",
      "synchronous = FULL",
      "cache_size = -16384",
      `journal_size_limit = ${walLimit}`
    ],
    (setting) => sql.unsafe(`PRAGMA ${setting}`),
    { discard: true }
  )

const decodeLogId = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ logId: LogId })))

/**
 * The end: all that was written is in the one file, and nothing is left to be read back from the WAL. Closing the last connection
 * does the same, but not while another process has the file open.
 */
const emptyWal = ({ database, exclusive }: SqliteWriter.SqliteWriter) =>
  Effect.catchAll(
    exclusive(() => database.pragma("wal_checkpoint(TRUNCATE)")),
    (error) => Effect.logWarning("The WAL can't be moved into the database; the next start does it", error.cause)
  )

/** Takes the lock only where there is something to do: who has it may keep it for long. */
const migrate = ({ database, exclusive, sql }: SqliteWriter.SqliteWriter) =>
  Migrator.make({})({ loader: Migrator.fromRecord(migrations) }).pipe(
    Transaction.effectTransaction(sql, "FULL", Transaction.migrationRetry),
    Effect.provideService(SqlClientTag, sql),
    Effect.whenEffect(Transaction.retryWhileLocked(exclusive(() => lastMigration(database) < newestMigration)))
  )

export class Sql extends Context.Tag("evenstar/Sql")<
  Sql,
  {
    /** The identity of the file's log. */
    readonly logId: LogId
    /** Reads committed rows; refuses to write. */
    readonly read: SqlClient
    /** Another one that only reads, for statements prepared once; to be used inside `query` only. */
    readonly reader: Database.Database
    /** Synchronous reads by such statements. What SQLite throws is a failure; what else the work throws is a defect. */
    readonly query: SqliteReader.SqliteReader["query"]
    /** A number that is another one when another process has committed something. To be used inside `query`. */
    readonly foreignVersion: () => number
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
    /** The same without waiting for a lock that another process has. */
    readonly tryTransact: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable | LockHeld>
    /** The same for what may be lost without harm: like `derived` it is flushed to the disk by the next one that is. */
    readonly transactRelaxed: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
    /** Moves what the WAL holds into the database file. Who writes much does so often: left to a COMMIT, it takes long. */
    readonly checkpoint: Effect.Effect<void, StoreUnavailable>
    /** Bytes of the WAL. It grows as long as a reader, here or elsewhere, stays in one transaction. */
    readonly walBytes: Effect.Effect<number>
  }
>() {
  /** `evenstar.db` in `DATA_DIR`, both made where they are missing; where the log is in PostgreSQL, `derived.db`. */
  static readonly layer = Layer.scoped(
    Sql,
    Effect.gen(function* () {
      const { dataDir } = yield* Settings
      // By the same service that selects the log's backend: a log can't come to lie in the file that may be deleted.
      const filename = (Option.isSome(yield* Postgres) ? derivedFile : databaseFile)(dataDir)
      return yield* Effect.gen(function* () {
        const open = yield* Effect.try(() => makePrivate(dataDir))
        if (open !== undefined) yield* Effect.logWarning(open)
        const writer = yield* SqliteWriter.make(filename)
        const write = writer.sql
        // Several processes may begin at once on a file that none has made yet.
        yield* Transaction.retryWhileLocked(write`PRAGMA journal_mode = WAL`)
        yield* configure(write)
        yield* migrate(writer)
        // When the readers have closed.
        yield* Effect.addFinalizer(() => emptyWal(writer))
        // The reader finds the file in WAL mode already, and may not set it.
        const read = yield* makeReader({ filename, readonly: true, disableWAL: true })
        yield* configure(read)
        const reader = yield* SqliteReader.make(filename)
        const [{ logId }] = yield* Effect.flatMap(read`SELECT log_id AS "logId" FROM log`, decodeLogId)
        const durable = Transaction.syncTransaction(writer, "FULL")
        return {
          logId,
          read,
          reader: reader.database,
          query: reader.query,
          foreignVersion: writer.foreignVersion,
          write,
          immediate: Transaction.effectTransaction(write, "FULL"),
          derived: Transaction.effectTransaction(write, "NORMAL"),
          execute: writer.execute,
          database: writer.database,
          transact: durable.wait,
          tryTransact: durable.attempt,
          transactRelaxed: Transaction.syncTransaction(writer, "NORMAL").wait,
          checkpoint: Effect.mapError(
            Effect.asVoid(writer.exclusive(() => writer.database.pragma("wal_checkpoint(PASSIVE)"))),
            storeUnavailable
          ),
          walBytes: Effect.sync(() => statSync(`${filename}-wal`, { throwIfNoEntry: false })?.size ?? 0)
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
