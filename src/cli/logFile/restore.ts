// Puts a backup in the place of the database, with a new log id, so every cursor (analytics,
// projections, snapshots, browsers) starts over. The old database is kept; the swap is atomic.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Feature } from "../../http/Feature.ts"
import { copyLogFile } from "./copyLogFile.ts"
import {
  attemptOn,
  causeCode,
  createPartial,
  FileFailed,
  failureReason,
  giveName,
  isSameFile,
  overwriteFile,
  removeLeftovers,
  replaceFile,
  sidecarSuffixes
} from "./durableFiles.ts"
import { openExclusive, openSnapshot } from "./LogFile.ts"
import { type ReportProgress, verifyLogFile } from "./verifyLogFile.ts"

/** A server or another command has the database open. */
export class DatabaseInUse extends Schema.TaggedError<DatabaseInUse>()("DatabaseInUse", { file: Schema.String }) {
  override get message() {
    return `${this.file} is in use: stop the server first. Nothing was changed`
  }
}

/** The backup doesn't verify. */
export class RestoreRefused extends Schema.TaggedError<RestoreRefused>()("RestoreRefused", {
  file: Schema.String,
  differences: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.file} was not restored, because it failed verification: ${this.differences.join("; ")}`
  }
}

export interface Restored {
  readonly events: number
  /** The path of the previous database. */
  readonly kept: Option.Option<string>
  /** Differences in derived rows; the server rebuilds those. */
  readonly derived: ReadonlyArray<string>
}

/**
 * Locks the database until the scope ends, so that no server opens it. In WAL mode every connection
 * holds a lock, and the journal mode can't be changed while one does: that detects use. Leaving WAL
 * mode also checkpoints and removes the WAL, which could otherwise end up beside another file. An
 * unreadable database can't be in use.
 *
 * A server that opened the file and waits for the lock gets it after the rename. SQLite then
 * refuses its writes (SQLITE_READONLY_DBMOVED), but only for a file with at least one page.
 */
const lockDatabase = (file: string) =>
  Effect.flatMap(openExclusive(file), (database) =>
    Effect.suspend((): Effect.Effect<void, DatabaseInUse | FileFailed> => {
      try {
        database.pragma("journal_mode = DELETE")
        if (database.pragma("page_count", { simple: true }) === 0) database.pragma("user_version = 0")
        database.exec("BEGIN EXCLUSIVE")
        // A server may connect between the two pragmas; it sets WAL mode, where EXCLUSIVE is no
        // lock.
        const isHeld = database.pragma("journal_mode", { simple: true }) === "delete"
        return isHeld ? Effect.void : new DatabaseInUse({ file })
      } catch (cause) {
        if (causeCode(cause)?.startsWith("SQLITE_BUSY")) return new DatabaseInUse({ file })
        if (/^SQLITE_(NOTADB|CORRUPT)/.test(causeCode(cause) ?? "")) return Effect.void
        return new FileFailed({ file, reason: failureReason(cause) })
      }
    })
  )

/** Time to the second, for a file name. */
const stamp = Effect.map(DateTime.now, (now) => `${DateTime.formatIso(now).slice(0, 19).replaceAll(":", "")}Z`)

/** Moves an orphaned WAL aside: SQLite would apply it to the new database. */
const moveSidecars = (from: string, to: string) =>
  attemptOn(from, () => {
    for (const suffix of sidecarSuffixes) {
      if (existsSync(`${from}${suffix}`)) renameSync(`${from}${suffix}`, `${to}${suffix}`)
    }
  })

/**
 * Reserves the name of a missing database with an empty database that is locked before it gets the
 * name. If the restore fails it is removed with the scope. If the process is killed, or the file
 * system has no links, it stays: a server can start on it, and the next restore replaces it.
 */
const reserveName = Effect.fnUntraced(function* (database: string, kept: string) {
  yield* attemptOn(dirname(database), () => mkdirSync(dirname(database), { recursive: true }))
  const path = yield* createPartial(database)
  yield* lockDatabase(path)
  const isUnused = Effect.sync(() => isSameFile(path, database))
  yield* Effect.acquireRelease(
    Effect.catchTag(giveName(path, database), "FileExists", ({ file }) => new DatabaseInUse({ file })),
    () =>
      Effect.whenEffect(
        Effect.sync(() => rmSync(database)),
        isUnused
      )
  )
  yield* Effect.acquireRelease(moveSidecars(database, kept), () =>
    Effect.whenEffect(Effect.orDie(moveSidecars(kept, database)), isUnused)
  )
})

/** Restores `file` to `database`, or creates `database` if there is none. */
export const restore = Effect.fn("logFile.restore")(function* (
  features: ReadonlyArray<Feature>,
  file: string,
  database: string,
  tell: ReportProgress
) {
  if (isSameFile(file, database)) return yield* new FileFailed({ file, reason: "it is the database itself" })
  const backup = yield* openSnapshot(file)
  const keptName = `${database}.before-restore-`
  const kept = `${keptName}${yield* stamp}`
  const isThere = existsSync(database)
  yield* isThere ? lockDatabase(database) : reserveName(database, kept)
  if (isThere) yield* removeLeftovers(database, keptName)
  const { derived, log } = yield* verifyLogFile(features, backup, tell)
  if (log.length > 0) return yield* new RestoreRefused({ file, differences: log })
  const path = yield* createPartial(database)
  const { events } = yield* copyLogFile(backup, path, { isNewLog: true })
  if (isThere) yield* Effect.zipRight(moveSidecars(database, kept), replaceFile(path, database, kept))
  else yield* overwriteFile(path, database)
  return { events, kept: isThere ? Option.some(kept) : Option.none(), derived } satisfies Restored
}, Effect.scoped)
