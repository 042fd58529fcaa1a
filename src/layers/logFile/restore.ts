// A backup in the place of the database, as another log: whoever has a cursor (analytics, projections, snapshots, a browser) starts
// over. The database that was there is kept; at each moment there is the old one or the new one, and never a part of both.
import { existsSync, mkdirSync, renameSync } from "node:fs"
import { dirname } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { copy } from "./copy.ts"
import { areSame, attempt, code, companions, FileFailed, partial, reason, replace, settle, tidy } from "./files.ts"
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
 */
const hold = (file: string) =>
  Effect.flatMap(openAlone(file), (database) =>
    Effect.suspend((): Effect.Effect<void, DatabaseInUse | FileFailed> => {
      try {
        database.pragma("journal_mode = DELETE")
        database.exec("BEGIN EXCLUSIVE")
        return Effect.void
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
const setAside = (database: string, kept: string) =>
  attempt(database, () => {
    for (const suffix of companions) {
      if (existsSync(`${database}${suffix}`)) renameSync(`${database}${suffix}`, `${kept}${suffix}`)
    }
  })

/** `file` in the place of `database`, or in its directory where there is none yet. */
export const restore = Effect.fn("logFile.restore")(function* (file: string, database: string, tell: Tell) {
  if (areSame(file, database)) return yield* new FileFailed({ file, reason: "it is the database itself" })
  const backup = yield* open(file)
  const keptName = `${database}.before-restore-`
  const kept = `${keptName}${yield* stamp}`
  const isThere = existsSync(database)
  if (isThere) {
    yield* hold(database)
    yield* tidy(database, keptName)
  }
  const { derived, log } = yield* verifyLog(backup, tell)
  if (log.length > 0) return yield* new RestoreRefused({ file, differences: log })
  yield* attempt(dirname(database), () => mkdirSync(dirname(database), { recursive: true }))
  const path = yield* partial(database)
  const { events } = yield* copy(backup, path, { isNewLog: true })
  yield* setAside(database, kept)
  yield* isThere ? replace(path, database, kept) : settle(path, database)
  return { events, kept: isThere ? Option.some(kept) : Option.none(), derived } satisfies Restored
}, Effect.scoped)
