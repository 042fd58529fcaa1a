// A log in PostgreSQL as the source of a migration. Loaded on demand, with the `pg` driver.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import Pg from "pg"
import { clientConfig } from "../../layers/postgres/connect.ts"
import { migrations } from "../../layers/postgres/migrations.ts"
import type { Location } from "./location.ts"
import { LogFailed, type MigrationLog, MigrationRefused, type Source } from "./MigrationLog.ts"
import * as SessionData from "./sessionData.ts"
import { type Column, decodeRows, type Row } from "./tables.ts"

export type PostgresLocation = Extract<Location, { readonly _tag: "Postgres" }>

/** The id of the newest migration in this version. */
export const newest = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

export const errorText = (error: Error) => {
  if (error.message !== "") return error.message
  return "code" in error ? String(error.code) : error.name
}

type Ask = (text: string, values?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<unknown>, LogFailed>

const decodeOne = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Unknown)))
export const singleValue = (rows: ReadonlyArray<unknown>) => decodeOne(rows)[0][0]

/** A connection without timeouts: whole tables are read. */
export const connectWithoutTimeouts = ({ name, url }: PostgresLocation) =>
  Effect.gen(function* () {
    const failed = (error: Error) => new LogFailed({ log: name, reason: errorText(error) })
    const config = { ...clientConfig(url), query_timeout: 0, statement_timeout: 0 }
    const client = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const client = new Pg.Client({ ...config, idle_in_transaction_session_timeout: 0 })
          // The next query fails with the error; without a listener the process would end.
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
    // Pages are read in index order. Without statistics, as after a copy, the planner would sort
    // the whole table for each page.
    yield* ask("SELECT set_config(name, 'off', false) FROM unnest('{enable_sort, enable_bitmapscan}'::text[]) AS name")
    return { ask, client, failed }
  })

const selected = ({ kind, name }: Column) =>
  kind === "uuid" || kind === "json" || kind === "data" ? `${name}::text` : name
const compared = ({ kind, name }: Column) => (kind === "text" ? `${name} COLLATE "C"` : name)

export const logOf = (name: string, ask: Ask): MigrationLog => ({
  name,
  logId: Effect.map(ask("SELECT log_id FROM log"), (rows) => String(singleValue(rows))),
  head: Effect.map(ask("SELECT coalesce(max(sequence), 0) FROM events"), (rows) => Number(singleValue(rows))),
  count: (table) => Effect.map(ask(`SELECT count(*) FROM ${table.name}`), (rows) => Number(singleValue(rows))),
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
      SessionData.mapSessionData(SessionData.canonical, table, decodeRows(found))
    )
  }
})

/** The id of the last migration applied; undefined if the database is not Evenstar's. */
export const lastMigrationOf = (ask: Ask) =>
  Effect.gen(function* () {
    const isOurs = singleValue(
      yield* ask("SELECT to_regclass('log') IS NOT NULL AND to_regclass('effect_sql_migrations') IS NOT NULL")
    )
    if (isOurs !== true) return undefined
    return Number(singleValue(yield* ask("SELECT coalesce(max(migration_id), 0) FROM effect_sql_migrations")))
  })

export const refuseNewer = (name: string) =>
  new MigrationRefused({ message: `${name} was written by a newer Evenstar` })

/** A snapshot of an up-to-date database, until the scope ends. */
export const snapshot = (place: PostgresLocation) =>
  Effect.gen(function* () {
    const { name } = place
    const { ask } = yield* connectWithoutTimeouts(place)
    yield* ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    const schema = yield* lastMigrationOf(ask)
    if (schema === undefined) return yield* new LogFailed({ log: name, reason: "it has no Evenstar log" })
    if (schema > newest) return yield* refuseNewer(name)
    if (schema < newest) {
      const message = `${name} was written by an older Evenstar: start this version on it once to migrate it`
      return yield* new MigrationRefused({ message })
    }
    return { ask, log: logOf(name, ask) }
  })

export const source = (place: PostgresLocation) =>
  Effect.map(
    snapshot(place),
    ({ ask, log }): Source => ({ ...log, currentHead: Effect.zipRight(ask("COMMIT"), log.head) })
  )
