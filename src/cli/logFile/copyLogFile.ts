// Copies a log's file page by page from one snapshot, so concurrent commits don't restart it, and
// it can be interrupted between two steps (`VACUUM INTO` can't be).
import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { attemptOn, FileFailed, failureReason } from "./durableFiles.ts"
import { checkIntegrity, type LogFile, openExclusive, readIdentity } from "./LogFile.ts"

/** Pages (4 KiB) of one step: a few milliseconds. */
const step = 1000

export interface Copied {
  readonly events: number
  readonly bytes: number
}

/**
 * Needs an open transaction: without one, SQLite restarts the backup after every foreign commit.
 */
const copyPages = ({ database, walFailure }: LogFile, to: string) =>
  Effect.tryPromise({
    try: (signal) =>
      database.backup(to, {
        progress: () => {
          signal.throwIfAborted()
          const failure = walFailure()
          if (failure !== undefined) throw failure
          return step
        }
      }),
    catch: (cause) => (cause instanceof FileFailed ? cause : new FileFailed({ file: to, reason: failureReason(cause) }))
  })

/** Compares the copy with `from`; empty when the copy is complete. */
const verifyCopy = Effect.fnUntraced(function* (from: LogFile, file: string, isNewLog: boolean) {
  const database = yield* openExclusive(file)
  const broken = yield* checkIntegrity({ database, file })
  if (broken.length > 0) return broken
  const { head, logId } = yield* attemptOn(file, () => readIdentity(database))
  const rows = yield* attemptOn(file, () => Number(database.prepare("SELECT count(*) FROM events").pluck().get()))
  return [
    ...(head === from.head ? [] : [`it ends with event ${head}, the log with ${from.head}`]),
    ...(rows === head ? [] : [`it has ${rows} events, but the last one is ${head}`]),
    ...((logId === from.logId) === isNewLog ? [`its log id is ${logId}`] : [])
  ]
}, Effect.scoped)

/**
 * Copies into an empty file, as a database without a WAL. `isNewLog` gives the copy a new log id,
 * which invalidates all cursors into the old log.
 */
export const copyLogFile = Effect.fnUntraced(function* (
  from: LogFile,
  to: string,
  { isNewLog }: { isNewLog: boolean }
) {
  yield* copyPages(from, to)
  yield* Effect.scoped(
    Effect.flatMap(openExclusive(to), (database) =>
      attemptOn(to, () => {
        database.pragma("journal_mode = DELETE")
        database.pragma("synchronous = FULL")
        if (isNewLog) database.exec("UPDATE log SET log_id = lower(hex(randomblob(16)))")
      })
    )
  )
  const [fault] = yield* verifyCopy(from, to, isNewLog)
  if (fault !== undefined) return yield* new FileFailed({ file: from.file, reason: `the copy is faulty: ${fault}` })
  return { events: from.head, bytes: yield* attemptOn(to, () => statSync(to).size) } satisfies Copied
})
