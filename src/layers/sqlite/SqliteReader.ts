// A read-only SQLite connection for synchronous prepared statements. Calls never wait, so it needs
// no lock.
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { statementFailed, storeUnavailable } from "./SqlErrors.ts"

export interface SqliteReader {
  /** For prepared statements; use inside `query` only. */
  readonly database: Database.Database
  /** Runs prepared statements. SQLite errors are failures; other exceptions are defects. */
  readonly query: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
}

export const make = (filename: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({ try: () => new Database(filename, { readonly: true, timeout: 0 }), catch: statementFailed }),
      (database) => Effect.sync(() => database.close())
    ),
    (database): SqliteReader => ({
      database,
      query: (work) =>
        Effect.suspend(() => {
          try {
            return Effect.succeed(work())
          } catch (cause) {
            if (!(cause instanceof Database.SqliteError) && database.open) return Effect.die(cause)
            return Effect.fail(storeUnavailable(statementFailed(cause)))
          }
        })
    })
  )
