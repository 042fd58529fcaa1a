// A log in PostgreSQL, for a migration. Loaded only where one is asked for.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import Pg from "pg"
import { clientConfig } from "../../layers/postgres/connect.ts"
import { migrations } from "../../layers/postgres/migrations.ts"
import { type Log, LogFailed, MigrationRefused, type Source } from "./Log.ts"
import type { Place } from "./places.ts"
import * as SessionData from "./sessionData.ts"
import { asRows, type Column, type Row } from "./tables.ts"

export type PostgresPlace = Extract<Place, { readonly _tag: "Postgres" }>

/** The last migration that is known here. */
export const newest = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

export const words = (error: Error) => {
  if (error.message !== "") return error.message
  return "code" in error ? String(error.code) : error.name
}

type Ask = (text: string, values?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<unknown>, LogFailed>

const decodeOne = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Unknown)))
export const one = (rows: ReadonlyArray<unknown>) => decodeOne(rows)[0][0]

/** A connection that waits for as long as it takes: a table is read as a whole. */
export const connected = ({ name, url }: PostgresPlace) =>
  Effect.gen(function* () {
    const failed = (error: Error) => new LogFailed({ log: name, reason: words(error) })
    const config = { ...clientConfig(url), query_timeout: 0, statement_timeout: 0 }
    const client = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const client = new Pg.Client({ ...config, idle_in_transaction_session_timeout: 0 })
          // Whoever asks next is told.
          client.on("error", () => {})
          await client.connect()
          return client
        },
        catch: (cause) => failed(cause instanceof Error ? cause : new Error(String(cause)))
      }),
      (client) => Effect.promise(() => client.end())
    )
    const ask: Ask = (text, values = []) =>
      Effect.async((resume) => {
        client.query({ text, values: [...values], rowMode: "array" }, (error: Error | undefined, result) =>
          resume(error === undefined || error === null ? Effect.succeed(result.rows) : failed(error))
        )
      })
    // What is read in the order of an index is not to be gathered and sorted, page after page: without statistics, as after a copy, the
    // planner would.
    yield* ask("SELECT set_config(name, 'off', false) FROM unnest('{enable_sort, enable_bitmapscan}'::text[]) AS name")
    return { ask, client, failed }
  })

const selected = ({ kind, name }: Column) =>
  kind === "uuid" || kind === "json" || kind === "data" ? `${name}::text` : name
const compared = ({ kind, name }: Column) => (kind === "text" ? `${name} COLLATE "C"` : name)

export const logOf = (name: string, ask: Ask): Log => ({
  name,
  logId: Effect.map(ask("SELECT log_id FROM log"), (rows) => String(one(rows))),
  head: Effect.map(ask("SELECT coalesce(max(sequence), 0) FROM events"), (rows) => Number(one(rows))),
  count: (table) => Effect.map(ask(`SELECT count(*) FROM ${table.name}`), (rows) => Number(one(rows))),
  rows: (table, { after, limit, upTo }) => {
    const key = table.columns.slice(0, table.keys)
    const names = key.map(compared).join(", ")
    const bound = (operator: string, to: Row | undefined, before: number) =>
      to === undefined
        ? "true"
        : `(${names}) ${operator} (${key.map(({ kind }, index) => `$${before + index + 1}::${kind}`).join(", ")})`
    const text = `SELECT ${table.columns.map(selected).join(", ")} FROM ${table.name}
      WHERE ${bound(">", after, 0)} AND ${bound("<=", upTo, after?.length ?? 0)} ORDER BY ${names}
      ${limit === undefined ? "" : `LIMIT ${limit}`}`
    return Effect.map(ask(text, [...(after ?? []), ...(upTo ?? [])]), (found) =>
      SessionData.ofRows(SessionData.canonical, table, asRows(found))
    )
  }
})

/** The last migration that a database has seen; none where it isn't ours. */
export const schemaOf = (ask: Ask) =>
  Effect.gen(function* () {
    const isOurs = one(
      yield* ask("SELECT to_regclass('log') IS NOT NULL AND to_regclass('effect_sql_migrations') IS NOT NULL")
    )
    if (isOurs !== true) return undefined
    return Number(one(yield* ask("SELECT coalesce(max(migration_id), 0) FROM effect_sql_migrations")))
  })

export const newer = (name: string) =>
  new MigrationRefused({ message: `${name} is from a newer Evenstar: its tables are not known here` })

/** One that is there and of this version, as it is now, until the scope ends. */
export const snapshot = (place: PostgresPlace) =>
  Effect.gen(function* () {
    const { name } = place
    const { ask } = yield* connected(place)
    yield* ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    const schema = yield* schemaOf(ask)
    if (schema === undefined) return yield* new LogFailed({ log: name, reason: "it has no log of Evenstar" })
    if (schema > newest) return yield* newer(name)
    if (schema < newest) {
      const message = `${name} is from an older Evenstar: start this one on it once, which brings it up to date`
      return yield* new MigrationRefused({ message })
    }
    return { ask, log: logOf(name, ask) }
  })

export const source = (place: PostgresPlace) =>
  Effect.map(snapshot(place), ({ ask, log }): Source => ({ ...log, headNow: Effect.zipRight(ask("COMMIT"), log.head) }))
