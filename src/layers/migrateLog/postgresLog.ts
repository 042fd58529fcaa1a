// A log in PostgreSQL, for a migration. Loaded only where one is asked for.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import Pg from "pg"
import { clientConfig, connect } from "../postgres/connect.ts"
import { migrations } from "../postgres/migrations.ts"
import { copyIn } from "./copyIn.ts"
import { type Log, LogFailed, MigrationRefused, type Source, type Target } from "./Log.ts"
import type { Place } from "./places.ts"
import * as SessionData from "./sessionData.ts"
import { asRows, type Column, events, type Row, type Table } from "./tables.ts"

type PostgresPlace = Extract<Place, { readonly _tag: "Postgres" }>

/** The locks of a migration, for as long as it is connected, and of each append (migrations.ts). */
const migrating = 6577237
const appending = 6577235

/** What has died a moment ago may still have the lock. */
const patience = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurUpTo("2 seconds"))

const newest = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

const words = (error: Error) => {
  if (error.message !== "") return error.message
  return "code" in error ? String(error.code) : error.name
}

type Ask = (text: string, values?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<unknown>, LogFailed>

const decodeOne = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Unknown)))
const one = (rows: ReadonlyArray<unknown>) => decodeOne(rows)[0][0]

/** A connection that waits for as long as it takes: a table is read as a whole. */
const connected = ({ name, url }: PostgresPlace) =>
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
    return { ask, client, failed }
  })

const selected = ({ kind, name }: Column) =>
  kind === "uuid" || kind === "json" || kind === "data" ? `${name}::text` : name
const compared = ({ kind, name }: Column) => (kind === "text" ? `${name} COLLATE "C"` : name)

const logOf = (name: string, ask: Ask): Log => ({
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
    const place = table.columns.findIndex(({ kind }) => kind === "data")
    return Effect.map(ask(text, [...(after ?? []), ...(upTo ?? [])]), (found) => {
      const rows = asRows(found)
      if (place < 0) return rows
      return rows.map((row) =>
        row.map((value, index) => (index === place ? SessionData.canonical(String(value)) : value))
      )
    })
  }
})

/** The last migration that a database has seen; none where it isn't ours. */
const schemaOf = (ask: Ask) =>
  Effect.gen(function* () {
    const isOurs = one(
      yield* ask("SELECT to_regclass('log') IS NOT NULL AND to_regclass('effect_sql_migrations') IS NOT NULL")
    )
    if (isOurs !== true) return undefined
    return Number(one(yield* ask("SELECT coalesce(max(migration_id), 0) FROM effect_sql_migrations")))
  })

const newer = (name: string) =>
  new MigrationRefused({ message: `${name} is from a newer Evenstar: its tables are not known here` })

export const source = (place: PostgresPlace) =>
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
    const log = logOf(name, ask)
    return { ...log, headNow: Effect.zipRight(ask("COMMIT"), log.head) } satisfies Source
  })

const makeTables = ({ url }: PostgresPlace) => connect(url).pipe(Effect.scoped, Effect.provide(reactivityLayer))

/** A row of a batch that PostgreSQL doesn't take, by the line that it names. */
const rejected = (name: string, first: number, error: Error) => {
  const [, line] = /^COPY events, line (\d+)/.exec("where" in error ? String(error.where) : "") ?? []
  const reason = words(error)
  return line === undefined
    ? new LogFailed({ log: name, reason })
    : new LogFailed({ log: name, reason: `it doesn't take event ${first + Number(line) - 1}: ${reason}` })
}

const isBusy = (name: string) =>
  new MigrationRefused({ message: `${name} is in use: another migration into it is running` })

export const target = (place: PostgresPlace) =>
  Effect.gen(function* () {
    const { name } = place
    const { ask, client, failed } = yield* connected(place)
    const schema = yield* schemaOf(ask)
    if (schema !== undefined && schema > newest) return yield* newer(name)
    const lock = Effect.flatMap(ask("SELECT pg_try_advisory_lock($1)", [migrating]), (rows) =>
      one(rows) === true ? Effect.void : isBusy(name)
    )
    yield* Effect.retry(lock, {
      schedule: patience,
      while: (error) => error._tag === "MigrationRefused"
    })
    yield* makeTables(place)
    const nodes = Number(
      one(
        yield* ask(
          "SELECT count(*) FROM nodes WHERE seen_at > extract(epoch FROM clock_timestamp() - interval '5 seconds') * 1000"
        )
      )
    )
    if (nodes > 0) {
      return yield* new MigrationRefused({ message: `${name} is in use: stop the nodes that run on it` })
    }

    const log = logOf(name, ask)
    const transact: Target["transact"] = (work) =>
      Effect.acquireUseRelease(
        ask("BEGIN"),
        () => Effect.zipLeft(work, ask("COMMIT")),
        // Where the connection is gone, so is the transaction.
        (_, exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.option(ask("ROLLBACK")))
      )
    return {
      ...log,
      become: (logId) => Effect.asVoid(ask("UPDATE log SET log_id = $1", [logId])),
      append: (rows, head) =>
        transact(
          Effect.gen(function* () {
            yield* ask("SELECT pg_advisory_xact_lock($1)", [appending])
            if ((yield* log.head) !== head) {
              return yield* new MigrationRefused({ message: `${name} is in use: somebody else appends to its log` })
            }
            yield* Effect.mapError(copyIn(client, events, rows), (error) => rejected(name, head + 1, error))
          })
        ),
      transact,
      clear: (table: Table) => Effect.asVoid(ask(`DELETE FROM ${table.name}`)),
      insert: (table, rows) => Effect.mapError(copyIn(client, table, rows), failed),
      // Each COMMIT has done so.
      settle: Effect.void
    } satisfies Target
  })
