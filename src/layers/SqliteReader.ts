// The SQLite connection that only reads. Nothing on it ever waits, so it needs no lock: a read is one synchronous call, by a
// SqlClient or, where each request makes it, by a prepared statement.
import { make as makeClient, type SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { makeCompilerSqlite } from "@effect/sql/Statement"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { unavailable } from "./SqlErrors.ts"
import { open } from "./SqliteConnection.ts"

export interface SqliteReader {
  readonly sql: SqlClient
  /** For prepared statements. Only to be used inside `query`. */
  readonly database: Database.Database
  /** Runs prepared statements. What SQLite throws is a failure; what else the work throws is a defect. */
  readonly query: <A>(work: () => A) => Effect.Effect<A, StoreUnavailable>
}

export const make = (filename: string) =>
  Effect.gen(function* () {
    const { database, effects } = yield* open(filename, { readonly: true })
    const sql = yield* makeClient({
      compiler: makeCompilerSqlite(),
      acquirer: Effect.succeed(effects),
      transactionAcquirer: Effect.dieMessage("The reading connection has no transactions: others read on it meanwhile"),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
    return {
      sql,
      database,
      query: (work) =>
        Effect.suspend(() => {
          try {
            return Effect.succeed(work())
          } catch (cause) {
            if (!(cause instanceof Database.SqliteError) && database.open) return Effect.die(cause)
            return Effect.fail(unavailable(new SqlError({ cause, message: "Failed to execute statement" })))
          }
        })
    } satisfies SqliteReader
  })
