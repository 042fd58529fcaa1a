// A log in a SQLite file, for a migration: read in one snapshot beside a running server, or written by nobody but us.
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { lastMigration, migrations, newestMigration } from "../../layers/sqlite/migrations.ts"
import { errorCode, storeUnavailable } from "../../layers/sqlite/SqlErrors.ts"
import * as SqliteWriter from "../../layers/sqlite/SqliteWriter.ts"
import { attempt, code, type FileFailed } from "../logFile/files.ts"
import { identity, NewerLog, NotALog, open } from "../logFile/LogFile.ts"
import { digestIn, makeCopied } from "./copied.ts"
import { type Log, LogFailed, MigrationRefused, type Source, type Target } from "./Log.ts"
import * as SessionData from "./sessionData.ts"
import { asRows, type Column, events, type Row, type Table } from "./tables.ts"

const failed = ({ file, reason }: FileFailed) => new LogFailed({ log: file, reason })

const names = (columns: ReadonlyArray<Column>) => columns.map(({ name }) => name).join(", ")
const marks = (columns: ReadonlyArray<unknown>) => columns.map(() => "?").join(", ")
const selected = ({ kind, name }: Column) => (kind === "data" ? SessionData.textsInSqlite : name)

const logOf = (file: string, database: Database.Database): Log => {
  const ask = <A>(work: () => A) => Effect.mapError(attempt(file, work), failed)
  return {
    name: file,
    logId: ask(() => identity(database).logId),
    head: ask(() => identity(database).head),
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
        const rows = asRows(statement.all(...(after ?? []), ...(upTo ?? []), limit))
        return SessionData.ofRows(SessionData.canonical, table, rows)
      })
  }
}

export const source = (file: string) =>
  Effect.gen(function* () {
    const { database, schema, walFailure } = yield* open(file)
    if (schema < newestMigration) {
      const message = `${file} is from an older Evenstar: start this one on it once, which brings it up to date`
      return yield* new MigrationRefused({ message })
    }
    const log = logOf(file, database)
    const rows: Log["rows"] = (table, part) =>
      Effect.zipRight(
        Effect.suspend(() => Effect.mapError(walFailure() ?? Effect.void, failed)),
        log.rows(table, part)
      )
    return {
      ...log,
      rows,
      headNow: Effect.mapError(
        attempt(file, () => {
          if (database.inTransaction) database.exec("COMMIT")
          return identity(database).head
        }),
        failed
      )
    } satisfies Source
  })

/** Milliseconds that a process gets that is just closing the file. */
const patience = 500

/** KiB of pages in memory, and pages that the WAL grows to: the indexes' pages are written again and again. */
const cache = 65_536
const walPages = 32_768

const isForeign = (database: Database.Database) =>
  lastMigration(database) === 0 && database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined

/** Alone on a file that is ours: SQLite lets nobody else in while one has this mode. */
const hold = (file: string, database: Database.Database) =>
  Effect.suspend((): Effect.Effect<void, MigrationRefused | FileFailed | NotALog> => {
    try {
      database.pragma(`busy_timeout = ${patience}`)
      if (isForeign(database)) return new NotALog({ file })
      database.pragma("locking_mode = EXCLUSIVE")
      database.pragma("journal_mode = WAL")
      database.exec("BEGIN IMMEDIATE; COMMIT")
      return Effect.void
    } catch (cause) {
      if (!code(cause)?.startsWith("SQLITE_BUSY"))
        return attempt(file, () => {
          throw cause
        })
      const message = `${file} is in use: stop the server, or wait for the other migration`
      return new MigrationRefused({ message })
    }
  })

export const target = (file: string) =>
  Effect.gen(function* () {
    yield* attempt(file, () => mkdirSync(dirname(file), { recursive: true }))
    const { database, sql } = yield* SqliteWriter.make(file)
    yield* hold(file, database)
    const schema = yield* attempt(file, () => lastMigration(database))
    if (schema > newestMigration) return yield* new NewerLog({ file, schema, known: newestMigration })
    for (const setting of ["foreign_keys = ON", `cache_size = -${cache}`, `wal_autocheckpoint = ${walPages}`]) {
      database.pragma(setting)
    }
    yield* sql.withTransaction(
      Effect.provideService(Migrator.make({})({ loader: Migrator.fromRecord(migrations) }), SqlClient, sql)
    )
    database.exec(makeCopied)
    // Should the power fail, the last events are missing, and the next run brings them.
    database.pragma("synchronous = NORMAL")

    const write = <A>(work: () => A) => Effect.mapError(attempt(file, work), failed)
    const insert = (table: Table, rows: ReadonlyArray<Row>) =>
      write(() => {
        const insert = database.prepare(
          `INSERT INTO ${table.name} (${names(table.columns)}) VALUES (${marks(table.columns)})`
        )
        for (const row of SessionData.ofRows(SessionData.toSqlite, table, rows)) insert.run(row)
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
      become: (logId) =>
        transact(
          write(() => {
            database.exec("DELETE FROM copied")
            database.prepare("UPDATE log SET log_id = ?").run(logId)
          })
        ),
      append: (rows) => transact(insert(events, rows)),
      transact,
      clear: ({ name }) => Effect.asVoid(run(`DELETE FROM ${name}`)),
      copied: write(() => digestIn(database.prepare("SELECT max(digest) FROM copied").pluck().get())),
      leave: (digest) =>
        write(() => {
          database.exec("DELETE FROM copied")
          database.prepare("INSERT INTO copied VALUES (?)").run(digest)
        }),
      insert,
      settle: write(() => {
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
