// The single writing SQLite connection under one lock, for Effects (SqlClient) and for synchronous
// batches of prepared statements (the event store).
import type { Reactivity } from "@effect/experimental/Reactivity"
import { make as makeClient, type SqlClient } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import { makeCompilerSqlite } from "@effect/sql/Statement"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { LRUCache } from "lru-cache"
import { statementFailed } from "./SqlErrors.ts"

export type Execute = (
  statement: string,
  ...parameters: ReadonlyArray<string | number | null>
) => Effect.Effect<void, SqlError>

export interface SqliteWriter {
  readonly sql: SqlClient
  /** For prepared statements; use inside `exclusive` only. */
  readonly database: Database.Database
  /** Runs a cached prepared statement. The caller must hold the connection. */
  readonly execute: Execute
  /** Changes with each commit of another connection; throws SQLite errors. */
  readonly foreignVersion: () => number
  /** Runs synchronous work exclusively. Exceptions are failures. */
  readonly exclusive: <A>(work: () => A) => Effect.Effect<A, SqlError>
}

const attempt = <A>(work: () => A) => Effect.try({ try: work, catch: statementFailed })

const preparedStatements = 200

const preparing = (database: Database.Database) => {
  const prepared = new LRUCache<string, Database.Statement>({ max: preparedStatements })
  return (text: string) => {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const statement = database.prepare(text)
    prepared.set(text, statement)
    return statement
  }
}

const all = (statement: Database.Statement, parameters: ReadonlyArray<unknown>): Array<unknown> => {
  if (statement.reader) return statement.all(...parameters)
  statement.run(...parameters)
  return []
}

/** Rows as arrays; the shared statement is reset to objects. */
const values = (statement: Database.Statement, parameters: ReadonlyArray<unknown>) => {
  if (!statement.reader) return all(statement, parameters)
  try {
    return statement.raw(true).all(...parameters)
  } finally {
    statement.raw(false)
  }
}
const isValues = (row: unknown): row is ReadonlyArray<unknown> => Array.isArray(row)

const effectsOver = (database: Database.Database, prepare: ReturnType<typeof preparing>): Connection => ({
  execute: (text, parameters) => attempt(() => all(prepare(text), parameters)),
  executeRaw: (text, parameters) =>
    attempt(() => {
      const statement = prepare(text)
      return statement.reader ? statement.all(...parameters) : statement.run(...parameters)
    }),
  executeValues: (text, parameters) => attempt(() => values(prepare(text), parameters).filter(isValues)),
  executeUnprepared: (text, parameters) => attempt(() => all(database.prepare(text), parameters)),
  executeStream: () => Effect.dieMessage("Streaming is not supported: read in pages")
})

export const make = (filename: string): Effect.Effect<SqliteWriter, SqlError, Reactivity | Scope.Scope> =>
  Effect.gen(function* () {
    const database = yield* Effect.acquireRelease(
      attempt(() => new Database(filename)),
      (open) => Effect.sync(() => open.close())
    )
    const prepare = preparing(database)
    const effects = effectsOver(database, prepare)
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
    const version = database.prepare("PRAGMA data_version").pluck()
    return {
      sql,
      database,
      foreignVersion: () => Number(version.get()),
      exclusive: (work) => lock.withPermits(1)(attempt(work)),
      execute: (statement, ...parameters) => attempt(() => void prepare(statement).run(...parameters))
    } satisfies SqliteWriter
  })
