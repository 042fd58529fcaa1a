// The one SQLite connection that writes, shared by two kinds of callers under one lock: Effects through a SqlClient, and
// whoever has a batch ready and writes it with prepared statements in one synchronous transaction (the event log).
import { make as makeClient, type SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { makeCompilerSqlite } from "@effect/sql/Statement"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import { attempt, open } from "./SqliteConnection.ts"

export type Execute = (
  statement: string,
  ...parameters: ReadonlyArray<string | number | null>
) => Effect.Effect<void, SqlError>

export interface SqliteWriter {
  readonly sql: SqlClient
  /** For prepared statements. Only to be used inside `exclusive`. */
  readonly database: Database.Database
  /** A statement with `?` for its parameters, prepared once and kept. Only to be used by who has reserved the connection. */
  readonly execute: Execute
  /** Runs synchronous work while nobody else uses the connection. What it throws is a failure. */
  readonly exclusive: <A>(work: () => A) => Effect.Effect<A, SqlError>
}

export const make = (filename: string) =>
  Effect.gen(function* () {
    const { database, effects, prepare } = yield* open(filename)
    const lock = yield* Effect.makeSemaphore(1)
    const sql = yield* makeClient({
      compiler: makeCompilerSqlite(),
      acquirer: lock.withPermits(1)(Effect.succeed(effects)),
      transactionAcquirer: Effect.uninterruptibleMask((restore) =>
        Effect.zipRight(
          restore(lock.take(1)),
          Effect.as(
            Effect.addFinalizer(() => lock.release(1)),
            effects
          )
        )
      ),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
    return {
      sql,
      database,
      exclusive: (work) => lock.withPermits(1)(attempt(work)),
      execute: (statement, ...parameters) => attempt(() => void prepare(statement).run(...parameters))
    } satisfies SqliteWriter
  })
