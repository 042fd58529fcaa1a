// A copy of a log's file, page by page out of one snapshot: it ends however much is written meanwhile, because nobody's commit
// reaches the snapshot, and between two steps a signal is heard. (`VACUUM INTO` is deaf until it is through.)
import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { attempt, FileFailed, reason } from "./files.ts"
import { identity, integrity, type LogFile, openAlone } from "./LogFile.ts"

/** Pages of a step, 4 KiB each: some milliseconds. */
const step = 1000

export interface Copied {
  readonly events: number
  readonly bytes: number
}

/** Without a transaction that is open, SQLite would begin anew after each commit of another process. */
const pages = ({ database, walFailure }: LogFile, to: string) =>
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
    catch: (cause) => (cause instanceof FileFailed ? cause : new FileFailed({ file: to, reason: reason(cause) }))
  })

/** What is not as it should be in the copy of `from`: nothing where it is whole. */
const faults = Effect.fnUntraced(function* (from: LogFile, file: string, isNewLog: boolean) {
  const database = yield* openAlone(file)
  const broken = yield* integrity({ database, file })
  if (broken.length > 0) return broken
  const { head, logId } = yield* attempt(file, () => identity(database))
  const rows = yield* attempt(file, () => Number(database.prepare("SELECT count(*) FROM events").pluck().get()))
  return [
    ...(head === from.head ? [] : [`it ends with event ${head}, and the log with ${from.head}`]),
    ...(rows === head ? [] : [`it has ${rows} events, and the last one is ${head}`]),
    ...((logId === from.logId) === isNewLog ? [`its log's id is ${logId}`] : [])
  ]
}, Effect.scoped)

/**
 * Into an empty file, as a database that is whole in this one file. `isNewLog`: the copy is another log from now on, and nobody's cursor
 * means anything in it.
 */
export const copy = Effect.fnUntraced(function* (from: LogFile, to: string, { isNewLog }: { isNewLog: boolean }) {
  yield* pages(from, to)
  yield* Effect.scoped(
    Effect.flatMap(openAlone(to), (database) =>
      attempt(to, () => {
        database.pragma("journal_mode = DELETE")
        database.pragma("synchronous = FULL")
        if (isNewLog) database.exec("UPDATE log SET log_id = lower(hex(randomblob(16)))")
      })
    )
  )
  const [fault] = yield* faults(from, to, isNewLog)
  if (fault !== undefined) return yield* new FileFailed({ file: from.file, reason: `the copy is not right: ${fault}` })
  return { events: from.head, bytes: yield* attempt(to, () => statSync(to).size) } satisfies Copied
})
