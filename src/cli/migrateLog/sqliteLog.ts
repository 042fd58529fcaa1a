// A log in a SQLite file: as a source, read in one snapshot beside a server; as a target,
// exclusive.
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { lastMigration, migrations, newestMigration } from "../../layers/sqlite/migrations.ts"
import { errorCode, SchemaTooNew, storeUnavailable } from "../../layers/sqlite/SqlErrors.ts"
import * as SqliteWriter from "../../layers/sqlite/SqliteWriter.ts"
import { attemptOn, causeCode, type FileFailed } from "../logFile/durableFiles.ts"
import { NotAnEvenstarDatabase, openSnapshot, readIdentity } from "../logFile/LogFile.ts"
import { createDigestTable, decodeDigest } from "./copyDigest.ts"
import { LogFailed, type MigrationLog, MigrationRefused, type Source, type Target } from "./MigrationLog.ts"
import * as SessionData from "./sessionData.ts"
import { type Column, decodeRows, events, type Row, type Table } from "./tables.ts"

const failed = ({ file, reason }: FileFailed) => new LogFailed({ log: file, reason })

const names = (columns: ReadonlyArray<Column>) => columns.map(({ name }) => name).join(", ")
const marks = (columns: ReadonlyArray<unknown>) => columns.map(() => "?").join(", ")
const selected = ({ kind, name }: Column) => (kind === "data" ? SessionData.textsInSqlite : name)

const logOf = (file: string, database: Database.Database): MigrationLog => {
  const ask = <A>(work: () => A) => Effect.mapError(attemptOn(file, work), failed)
  return {
    name: file,
    logId: ask(() => readIdentity(database).logId),
    head: ask(() => readIdentity(database).head),
    count: ({ name }) => ask(() => Number(database.prepare(`SELECT count(*) FROM ${name}`).pluck().get())),
    rows: (table, { after, limit = -1, upTo }) =>
      ask(() => {
        const key = table.columns.slice(0, table.keys)
        const bound = (operator: string, to: Row | undefined) =>
          to === undefined ? "true" : `(${names(key)}) ${operator} (${marks(key)})`
        const statement = database
          .prepare(
            `SELECT ${table.columns.map(selected).join(", ")} FROM ${table.name}
              WHERE ${bound(">", after)} AND ${bound("<=", upTo)} ORDER BY ${names(key)} LIMIT ?`
          )
          .raw()
        const rows = decodeRows(statement.all(...(after ?? []), ...(upTo ?? []), limit))
        return SessionData.mapSessionData(SessionData.canonical, table, rows)
      })
  }
}

export const source = (file: string) =>
  Effect.gen(function* () {
    const { database, schema, walFailure } = yield* openSnapshot(file)
    if (schema < newestMigration) {
      const message = `${file} was written by an older Evenstar: start this version on it once to migrate it`
      return yield* new MigrationRefused({ message })
    }
    const log = logOf(file, database)
    const rows: MigrationLog["rows"] = (table, part) =>
      Effect.zipRight(
        Effect.suspend(() => Effect.mapError(walFailure() ?? Effect.void, failed)),
        log.rows(table, part)
      )
    return {
      ...log,
      rows,
      currentHead: Effect.mapError(
        attemptOn(file, () => {
          if (database.inTransaction) database.exec("COMMIT")
          return readIdentity(database).head
        }),
        failed
      )
    } satisfies Source
  })

/** Milliseconds to wait for a process that is closing the file. */
const lockTimeout = 500

/**
 * Page cache in KiB, and pages in the WAL before a checkpoint: hot index pages are rewritten often.
 */
const cacheKiB = 65_536
const walCheckpointPages = 32_768

const isForeign = (database: Database.Database) =>
  lastMigration(database) === 0 && database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined

/** Takes an exclusive lock (SQLite's EXCLUSIVE locking mode) on an Evenstar or empty file. */
const lockExclusively = (file: string, database: Database.Database) =>
  Effect.suspend((): Effect.Effect<void, MigrationRefused | FileFailed | NotAnEvenstarDatabase> => {
    try {
      database.pragma(`busy_timeout = ${lockTimeout}`)
      if (isForeign(database)) return new NotAnEvenstarDatabase({ file })
      database.pragma("locking_mode = EXCLUSIVE")
      database.pragma("journal_mode = WAL")
      database.exec("BEGIN IMMEDIATE; COMMIT")
      return Effect.void
    } catch (cause) {
      if (!causeCode(cause)?.startsWith("SQLITE_BUSY"))
        return attemptOn(file, () => {
          throw cause
        })
      const message = `${file} is in use: stop the server, or wait for the other migration`
      return new MigrationRefused({ message })
    }
  })

export const target = (file: string) =>
  Effect.gen(function* () {
    yield* attemptOn(file, () => mkdirSync(dirname(file), { recursive: true }))
    const { database, sql } = yield* SqliteWriter.make(file)
    yield* lockExclusively(file, database)
    const schema = yield* attemptOn(file, () => lastMigration(database))
    if (schema > newestMigration) return yield* new SchemaTooNew({ file, found: schema, known: newestMigration })
    for (const setting of [
      "foreign_keys = ON",
      `cache_size = -${cacheKiB}`,
      `wal_autocheckpoint = ${walCheckpointPages}`
    ]) {
      database.pragma(setting)
    }
    yield* sql.withTransaction(
      Effect.provideService(Migrator.make({})({ loader: Migrator.fromRecord(migrations) }), SqlClient, sql)
    )
    database.exec(createDigestTable)
    // Events lost in a crash are copied by the next run.
    database.pragma("synchronous = NORMAL")

    const write = <A>(work: () => A) => Effect.mapError(attemptOn(file, work), failed)
    const insert = (table: Table, rows: ReadonlyArray<Row>) =>
      write(() => {
        const insert = database.prepare(
          `INSERT INTO ${table.name} (${names(table.columns)}) VALUES (${marks(table.columns)})`
        )
        for (const row of SessionData.mapSessionData(SessionData.toSqlite, table, rows)) insert.run(row)
      })
    const run = (statement: string) => write(() => database.exec(statement))
    const transact: Target["transact"] = (work) =>
      Effect.acquireUseRelease(
        run("BEGIN IMMEDIATE"),
        () => Effect.zipLeft(work, run("COMMIT")),
        (_, exit) => (Exit.isSuccess(exit) || !database.inTransaction ? Effect.void : Effect.option(run("ROLLBACK")))
      )
    return {
      ...logOf(file, database),
      adoptLogId: (logId) =>
        transact(
          write(() => {
            database.exec("DELETE FROM copied")
            database.prepare("UPDATE log SET log_id = ?").run(logId)
          })
        ),
      append: (rows) => transact(insert(events, rows)),
      transact,
      clear: ({ name }) => Effect.asVoid(run(`DELETE FROM ${name}`)),
      digest: write(() => decodeDigest(database.prepare("SELECT max(digest) FROM copied").pluck().get())),
      storeDigest: (digest) =>
        write(() => {
          database.exec("DELETE FROM copied")
          database.prepare("INSERT INTO copied VALUES (?)").run(digest)
        }),
      insert,
      flush: write(() => {
        database.pragma("synchronous = FULL")
        database.pragma("wal_checkpoint(TRUNCATE)")
      })
    } satisfies Target
  }).pipe(
    Effect.catchTag("FileFailed", failed),
    Effect.catchTag("SqlError", (error) =>
      errorCode(error)?.startsWith("SQLITE_CANTOPEN")
        ? new LogFailed({ log: file, reason: "it can't be opened" })
        : new LogFailed({ log: file, reason: storeUnavailable(error).reason })
    ),
    Effect.catchTag("MigrationError", (error) => new LogFailed({ log: file, reason: error.message })),
    Effect.provide(reactivityLayer)
  )
