// A backup in the place of the database, as another log: whoever has a cursor (analytics, projections, snapshots, a browser) starts
// over. The database that was there is kept; at each moment there is the old one or the new one, and never a part of both.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Feature } from "../../http/Feature.ts"
import { copy } from "./copy.ts"
import {
  areSame,
  attempt,
  code,
  companions,
  FileFailed,
  name,
  partial,
  reason,
  replace,
  supersede,
  tidy
} from "./files.ts"
import { open, openAlone } from "./LogFile.ts"
import { type Tell, verifyLog } from "./verify.ts"

/** A server, or another command, has the database open. */
export class DatabaseInUse extends Schema.TaggedError<DatabaseInUse>()("DatabaseInUse", { file: Schema.String }) {
  override get message() {
    return `${this.file} is in use: stop the server first, nothing has been changed`
  }
}

/** It is not to be had back from this. */
export class RestoreRefused extends Schema.TaggedError<RestoreRefused>()("RestoreRefused", {
  file: Schema.String,
  differences: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.file} is not restored, because it is not right: ${this.differences.join("; ")}`
  }
}

export interface Restored {
  readonly events: number
  /** Where the database is that was there before. */
  readonly kept: Option.Option<string>
  /** What in the rows derived from the log was not right: they are made anew, and it is worth a word. */
  readonly derived: ReadonlyArray<string>
}

/**
 * Holds the database until the scope ends, so that no server opens it. Every connection has a lock in WAL mode, and the mode can't be left
 * while one has: that is how its use is found out. What the WAL held is in the database then, and there is no WAL any more that
 * could come to lie beside another file. A database that SQLite can't read holds nobody.
 *
 * A server that has opened the file and waits for the lock gets it in the end, when the name is another file's already. SQLite refuses
 * to write then (SQLITE_READONLY_DBMOVED), but only in a file that has a page.
 */
const hold = (file: string) =>
  Effect.flatMap(openAlone(file), (database) =>
    Effect.suspend((): Effect.Effect<void, DatabaseInUse | FileFailed> => {
      try {
        database.pragma("journal_mode = DELETE")
        if (database.pragma("page_count", { simple: true }) === 0) database.pragma("user_version = 0")
        database.exec("BEGIN EXCLUSIVE")
        // A server may have come in between the two; it has changed the mode, in which EXCLUSIVE holds nobody, to its own.
        const isHeld = database.pragma("journal_mode", { simple: true }) === "delete"
        return isHeld ? Effect.void : new DatabaseInUse({ file })
      } catch (cause) {
        if (code(cause)?.startsWith("SQLITE_BUSY")) return new DatabaseInUse({ file })
        if (/^SQLITE_(NOTADB|CORRUPT)/.test(code(cause) ?? "")) return Effect.void
        return new FileFailed({ file, reason: reason(cause) })
      }
    })
  )

/** To the second, as a part of a file's name. */
const stamp = Effect.map(DateTime.now, (now) => `${DateTime.formatIso(now).slice(0, 19).replaceAll(":", "")}Z`)

/** A WAL without its database, or of one that can't be read, must not be applied to another one: it goes aside first. */
const moveCompanions = (from: string, to: string) =>
  attempt(from, () => {
    for (const suffix of companions) {
      if (existsSync(`${from}${suffix}`)) renameSync(`${from}${suffix}`, `${to}${suffix}`)
    }
  })

/**
 * The place of a database that is not there yet, held like one that is: by a database without tables, which is locked before it has the
 * name. Where nothing comes of the restore it is gone with the scope, and all is as it was. When the restore is killed, or the file
 * system has no links, it stays: a server begins in it as it would have without it, and the next restore replaces it.
 */
const occupy = Effect.fnUntraced(function* (database: string, kept: string) {
  yield* attempt(dirname(database), () => mkdirSync(dirname(database), { recursive: true }))
  const path = yield* partial(database)
  yield* hold(path)
  const isUnused = Effect.sync(() => areSame(path, database))
  yield* Effect.acquireRelease(
    Effect.catchTag(name(path, database), "FileExists", ({ file }) => new DatabaseInUse({ file })),
    () =>
      Effect.whenEffect(
        Effect.sync(() => rmSync(database)),
        isUnused
      )
  )
  yield* Effect.acquireRelease(moveCompanions(database, kept), () =>
    Effect.whenEffect(Effect.orDie(moveCompanions(kept, database)), isUnused)
  )
})

/** `file` in the place of `database`, or in its directory where there is none yet. */
export const restore = Effect.fn("logFile.restore")(function* (
  features: ReadonlyArray<Feature>,
  file: string,
  database: string,
  tell: Tell
) {
  if (areSame(file, database)) return yield* new FileFailed({ file, reason: "it is the database itself" })
  const backup = yield* open(file)
  const keptName = `${database}.before-restore-`
  const kept = `${keptName}${yield* stamp}`
  const isThere = existsSync(database)
  yield* isThere ? hold(database) : occupy(database, kept)
  if (isThere) yield* tidy(database, keptName)
  const { derived, log } = yield* verifyLog(features, backup, tell)
  if (log.length > 0) return yield* new RestoreRefused({ file, differences: log })
  const path = yield* partial(database)
  const { events } = yield* copy(backup, path, { isNewLog: true })
  if (isThere) yield* Effect.zipRight(moveCompanions(database, kept), replace(path, database, kept))
  else yield* supersede(path, database)
  return { events, kept: isThere ? Option.some(kept) : Option.none(), derived } satisfies Restored
}, Effect.scoped)
