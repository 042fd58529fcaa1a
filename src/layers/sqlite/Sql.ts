// One SQLite file: one writing connection, others read-only, so reads never wait for a transaction.
// Calls are synchronous; locks of other processes are awaited between retries, not inside SQLite.
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
import { SchemaTooNew, storeUnavailable } from "./SqlErrors.ts"
import * as SqliteReader from "./SqliteReader.ts"
import * as SqliteWriter from "./SqliteWriter.ts"
import type { LockHeld } from "./SqlTransactions.ts"
import * as Transaction from "./SqlTransactions.ts"

export { errorCode, storeErrors } from "./SqlErrors.ts"

/** The root cause. */
const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error

/** The root cause's message; for known error codes with the remedy. */
const reason = (error: unknown): string => {
  const root = rootOf(error)
  if (!(root instanceof Error)) return String(root)
  const code = "code" in root ? String(root.code) : ""
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code)) {
    return `${root.message}: set DATA_DIR to a directory in which this user may write`
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return `${root.message}: put a backup in its place ("restore FILE"), or set DATA_DIR to another directory`
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return `${root.message}: another process has locked it: end that process`
  return root.message
}

/**
 * Bytes that the WAL is truncated to when it restarts; without a limit it keeps its maximum size.
 */
const walLimit = 16 * 1024 * 1024

/**
 * `synchronous` must be set per connection: this build falls back to NORMAL in WAL mode. The cache
 * (KiB) holds the upper index levels of millions of events.
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
 * Empties the WAL at shutdown. Closing the last connection does so too, but not while another
 * process has the file open.
 */
const emptyWal = ({ database, exclusive }: SqliteWriter.SqliteWriter) =>
  Effect.catchAll(
    exclusive(() => database.pragma("wal_checkpoint(TRUNCATE)")),
    (error) => Effect.logWarning("The WAL could not be checkpointed; the next start will do it", error.cause)
  )

/** Locks only if migrations are pending. */
const migrate = ({ database, exclusive, sql }: SqliteWriter.SqliteWriter) =>
  Migrator.make({})({ loader: Migrator.fromRecord(migrations) }).pipe(
    Transaction.effectTransaction(sql, "FULL", Transaction.migrationRetry),
    Effect.provideService(SqlClientTag, sql),
    Effect.whenEffect(
      Effect.map(
        Effect.filterOrFail(
          Transaction.retryWhileLocked(exclusive(() => lastMigration(database))),
          (last) => last <= newestMigration,
          (last) => new SchemaTooNew({ found: last, known: newestMigration })
        ),
        (last) => last < newestMigration
      )
    )
  )

export class Sql extends Context.Tag("evenstar/Sql")<
  Sql,
  {
    /** The log's identity. */
    readonly logId: LogId
    /** Reads committed rows; refuses to write. */
    readonly read: SqlClient
    /** A read-only connection for prepared statements; use inside `query` only. */
    readonly reader: Database.Database
    /** Runs synchronous reads. SQLite errors are failures; other exceptions are defects. */
    readonly query: SqliteReader.SqliteReader["query"]
    /** Changes when another process commits. Use inside `query`. */
    readonly foreignVersion: () => number
    /** The only connection that writes. */
    readonly write: SqlClient
    readonly immediate: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
    /**
     * The same for derived rows: not flushed by itself but with the next durable commit. A power
     * failure may lose the whole transaction.
     */
    readonly derived: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
    /** A statement inside `immediate` or `derived`, at a tenth of the cost of `write`. */
    readonly execute: SqliteWriter.Execute
    /** The writing connection for prepared statements; use inside `transact` only. */
    readonly database: Database.Database
    /**
     * Runs synchronous work in one immediate transaction; rolled back on an exception or failed
     * COMMIT.
     */
    readonly transact: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
    /** The same, but fails at once while another process holds the lock. */
    readonly tryTransact: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable | LockHeld>
    /** The same without its own flush, like `derived`. */
    readonly transactRelaxed: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
    /** Checkpoints the WAL. Call often during bulk writes: a COMMIT would checkpoint for long. */
    readonly checkpoint: Effect.Effect<void, StoreUnavailable>
    /** Bytes of the WAL, which grows while any reader keeps a transaction open. */
    readonly walBytes: Effect.Effect<number>
  }
>() {
  /** `evenstar.db` in `DATA_DIR`, created if missing; `derived.db` with PostgreSQL. */
  static readonly layer = Layer.scoped(
    Sql,
    Effect.gen(function* () {
      const { dataDir } = yield* Settings
      // Uses the service that selects the log's backend, so the log never lands in a disposable
      // file.
      const filename = (Option.isSome(yield* Postgres) ? derivedFile : databaseFile)(dataDir)
      return yield* Effect.gen(function* () {
        const open = yield* Effect.try(() => makePrivate(dataDir))
        if (open !== undefined) yield* Effect.logWarning(open)
        const writer = yield* SqliteWriter.make(filename)
        const write = writer.sql
        // Several processes may create the file at the same time.
        yield* Transaction.retryWhileLocked(write`PRAGMA journal_mode = WAL`)
        yield* configure(write)
        yield* migrate(writer)
        // Runs after the readers have closed.
        yield* Effect.addFinalizer(() => emptyWal(writer))
        // Read-only connections can't set WAL mode, which is already set.
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
