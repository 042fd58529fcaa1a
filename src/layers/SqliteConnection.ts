// A connection to the SQLite file, for two kinds of callers: statements prepared by their users and run synchronously, and
// Effects, whose statements are prepared here, each text once.
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import { LRUCache } from "lru-cache"

export const attempt = <A>(work: () => A) =>
  Effect.try({ try: work, catch: (cause) => new SqlError({ cause, message: "Failed to execute statement" }) })

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

/** Rows as arrays; the statement gives objects to the next who runs it. */
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
  executeStream: () => Effect.dieMessage("Not supported: rows come page by page")
})

export interface SqliteConnection {
  readonly database: Database.Database
  /** A statement by its text, prepared once and kept. */
  readonly prepare: (text: string) => Database.Statement
  /** What a SqlClient runs on. */
  readonly effects: Connection
}

export const open = (filename: string, options?: Database.Options) =>
  Effect.map(
    Effect.acquireRelease(
      attempt(() => new Database(filename, options)),
      (database) => Effect.sync(() => database.close())
    ),
    (database): SqliteConnection => {
      const prepare = preparing(database)
      return { database, prepare, effects: effectsOver(database, prepare) }
    }
  )
