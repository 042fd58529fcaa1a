// A database file of ours, opened to be looked at: read only, and in one snapshot, whatever a server writes meanwhile.
import { existsSync, statSync } from "node:fs"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { newestMigration as known, lastMigration } from "../../layers/sqlite/migrations.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { attempt, code, FileFailed, reason } from "./files.ts"

export interface LogFile {
  readonly file: string
  readonly database: Database.Database
  readonly logId: string
  /** The last sequence; 0 where there are no events. */
  readonly head: number
  /** The last migration that the file has seen. */
  readonly schema: number
  /**
   * Why the snapshot must end, to be asked between two pages: it keeps the WAL from being checkpointed, and ends before a busy
   * server's disk is full.
   */
  readonly walFailure: () => FileFailed | undefined
}

/** Bytes by which the WAL may grow while a snapshot is read. */
export const walGrowth = 2 ** 30

/** It is a database, and none of Evenstar's. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", { file: Schema.String }) {
  override get message() {
    return `${this.file} is no database of Evenstar`
  }
}

/** A newer Evenstar has written it. */
export class NewerLog extends Schema.TaggedError<NewerLog>()("NewerLog", {
  file: Schema.String,
  schema: Schema.Number,
  known: Schema.Number
}) {
  override get message() {
    return `${this.file} is from a newer Evenstar: its schema is ${this.schema}, and ${this.known} is the newest that is known here`
  }
}

export type Unreadable = FileFailed | NotALog | NewerLog

/** Milliseconds in which another process gets done with what locks the file. Nothing else waits in this process. */
const patience = 5000

export const has = (database: Database.Database, type: "table" | "trigger", name: string) =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ?").get(type, name) !== undefined

const ours = ["log", "events", "effect_sql_migrations"]

/** Of the log of a database that is known to be ours. */
export const identity = (database: Database.Database) => ({
  logId: String(database.prepare("SELECT log_id FROM log").pluck().get()),
  head: Number(database.prepare("SELECT COALESCE(MAX(sequence), 0) FROM events").pluck().get())
})

const closing = (database: Database.Database) => Effect.sync(() => database.close())

const walSize = (file: string) => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
const inMiB = (bytes: number) => Math.floor(bytes / 2 ** 20)

/** The snapshot ends with the scope. */
export const open = (file: string, limit = walGrowth): Effect.Effect<LogFile, Unreadable, Scope.Scope> =>
  Effect.gen(function* () {
    if (!existsSync(file)) return yield* new FileFailed({ file, reason: "there is no such file" })
    if (!statSync(file).isFile()) return yield* new FileFailed({ file, reason: "it is no file" })
    const database = yield* Effect.acquireRelease(
      attempt(file, () => new Database(file, { readonly: true, fileMustExist: true, timeout: patience })),
      closing
    )
    yield* attempt(file, () => database.exec("BEGIN"))
    const isOurs = yield* attempt(file, () => ours.every((table) => has(database, "table", table)))
    if (!isOurs) return yield* new NotALog({ file })
    const schema = yield* attempt(file, () => lastMigration(database))
    if (schema > known) return yield* new NewerLog({ file, schema, known })
    const { head, logId } = yield* attempt(file, () => identity(database))
    const before = walSize(file)
    const walFailure = () => {
      const grown = database.inTransaction ? walSize(file) - before : 0
      if (grown <= limit) return undefined
      return new FileFailed({
        file,
        reason: `the WAL has grown by ${inMiB(grown)} MiB meanwhile: try when less is written`
      })
    }
    return { file, database, schema, head, logId, walFailure }
  })

/** Between two pages of a snapshot: everything else has its turn. */
export const nextPage = ({ walFailure }: LogFile) =>
  Effect.zipRight(
    yieldToEventLoop,
    Effect.suspend(() => walFailure() ?? Effect.void)
  )

/** A file that nobody else uses, to be written. */
export const openAlone = (file: string): Effect.Effect<Database.Database, FileFailed, Scope.Scope> =>
  Effect.acquireRelease(
    attempt(file, () => new Database(file, { timeout: 0 })),
    closing
  )

/** What `PRAGMA integrity_check` finds, which includes indexes and constraints; nothing where all is well. */
export const integrity = ({ database, file }: Pick<LogFile, "database" | "file">) =>
  attempt(file, () => {
    const found: Array<string> = []
    try {
      for (const line of database.prepare("PRAGMA integrity_check").pluck().iterate()) found.push(String(line))
    } catch (cause) {
      // It tells what it finds, and may stumble over that in the end.
      if (!code(cause)?.startsWith("SQLITE_CORRUPT")) throw cause
      found.push(reason(cause))
    }
    return found.filter((line) => line !== "ok")
  })
