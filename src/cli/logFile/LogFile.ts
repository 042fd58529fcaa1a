// Opens an Evenstar database read-only in one snapshot; a server may keep writing to it.
import { existsSync, statSync } from "node:fs"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { newestMigration as known, lastMigration } from "../../layers/sqlite/migrations.ts"
import { SchemaTooNew } from "../../layers/sqlite/SqlErrors.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { attemptOn, causeCode, FileFailed, failureReason } from "./durableFiles.ts"

export interface LogFile {
  readonly file: string
  readonly database: Database.Database
  readonly logId: string
  /** The last sequence; 0 for an empty log. */
  readonly head: number
  /** The id of the last migration applied to the file. */
  readonly schema: number
  /**
   * Fails once the WAL has grown too far: the open snapshot prevents checkpoints, so the WAL of a
   * busy server could fill the disk. Call it between two pages.
   */
  readonly walFailure: () => FileFailed | undefined
}

/** Bytes by which the WAL may grow while a snapshot is open. */
export const maxWalGrowth = 2 ** 30

/** A SQLite database that was not made by Evenstar. */
export class NotAnEvenstarDatabase extends Schema.TaggedError<NotAnEvenstarDatabase>()("NotAnEvenstarDatabase", {
  file: Schema.String
}) {
  override get message() {
    return `${this.file} is not an Evenstar database`
  }
}

export type Unreadable = FileFailed | NotAnEvenstarDatabase | SchemaTooNew

/** Milliseconds to wait for another process's lock. */
const lockTimeout = 5000

export const hasObject = (database: Database.Database, type: "table" | "trigger", name: string) =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ?").get(type, name) !== undefined

const requiredTables = ["log", "events", "effect_sql_migrations"]

/** Reads identity and head; the database must be Evenstar's. */
export const readIdentity = (database: Database.Database) => ({
  logId: String(database.prepare("SELECT log_id FROM log").pluck().get()),
  head: Number(database.prepare("SELECT COALESCE(MAX(sequence), 0) FROM events").pluck().get())
})

const closing = (database: Database.Database) => Effect.sync(() => database.close())

const walSize = (file: string) => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
const inMiB = (bytes: number) => Math.floor(bytes / 2 ** 20)

/** The snapshot is open until the scope ends. */
export const openSnapshot = (file: string, limit = maxWalGrowth): Effect.Effect<LogFile, Unreadable, Scope.Scope> =>
  Effect.gen(function* () {
    if (!existsSync(file)) return yield* new FileFailed({ file, reason: "there is no such file" })
    if (!statSync(file).isFile()) return yield* new FileFailed({ file, reason: "it is not a file" })
    const database = yield* Effect.acquireRelease(
      attemptOn(file, () => new Database(file, { readonly: true, fileMustExist: true, timeout: lockTimeout })),
      closing
    )
    yield* attemptOn(file, () => database.exec("BEGIN"))
    const isOurs = yield* attemptOn(file, () => requiredTables.every((table) => hasObject(database, "table", table)))
    if (!isOurs) return yield* new NotAnEvenstarDatabase({ file })
    const schema = yield* attemptOn(file, () => lastMigration(database))
    if (schema > known) return yield* new SchemaTooNew({ file, found: schema, known })
    const { head, logId } = yield* attemptOn(file, () => readIdentity(database))
    const before = walSize(file)
    const walFailure = () => {
      const grown = database.inTransaction ? walSize(file) - before : 0
      if (grown <= limit) return undefined
      return new FileFailed({
        file,
        reason: `the WAL has grown by ${inMiB(grown)} MiB during the read: retry when fewer events are written`
      })
    }
    return { file, database, schema, head, logId, walFailure }
  })

/** Yields to the event loop between two pages, and fails when the WAL has grown too far. */
export const betweenPages = ({ walFailure }: LogFile) =>
  Effect.zipRight(
    yieldToEventLoop,
    Effect.suspend(() => walFailure() ?? Effect.void)
  )

/** Opens a file for writing without waiting for locks: nothing else may use it. */
export const openExclusive = (file: string): Effect.Effect<Database.Database, FileFailed, Scope.Scope> =>
  Effect.acquireRelease(
    attemptOn(file, () => new Database(file, { timeout: 0 })),
    closing
  )

/**
 * The findings of `PRAGMA integrity_check` (indexes and constraints too); empty when there are
 * none.
 */
export const checkIntegrity = ({ database, file }: Pick<LogFile, "database" | "file">) =>
  attemptOn(file, () => {
    const found: Array<string> = []
    try {
      for (const line of database.prepare("PRAGMA integrity_check").pluck().iterate()) found.push(String(line))
    } catch (cause) {
      // integrity_check reports findings as rows and may fail on a corrupt page after them.
      if (!causeCode(cause)?.startsWith("SQLITE_CORRUPT")) throw cause
      found.push(failureReason(cause))
    }
    return found.filter((line) => line !== "ok")
  })
