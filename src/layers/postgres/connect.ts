// Connection pool of PostgreSQL. Calls time out, so that a disconnected node reports errors instead
// of hanging.
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { fromPool } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import Pg from "pg"
import { LogId } from "../../domain/StoredEvent.ts"
import { upToElapsed } from "../../lib/monotonicTime.ts"
import { StartFailed } from "../node/StartFailed.ts"
import { SchemaTooNew, statementFailed, storeUnavailable } from "../sqlite/SqlErrors.ts"
import { databaseClock } from "./databaseClock.ts"
import { makeListener } from "./listen.ts"
import { migrations, newestMigration } from "./migrations.ts"
import type { PostgresService } from "./Postgres.ts"

/** Maximum pooled connections per node; listening uses another. */
const connections = 10

/** Advisory lock: one node migrates at a time. */
const migrationLock = 6577236

/** bigint columns hold sequences, versions and milliseconds, all below 2^53. */
const types: Pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === Pg.types.builtins.INT8 ? Number : Pg.types.getTypeParser(oid, format ?? "text")
}

/** Milliseconds. */
const limits = {
  connectionTimeoutMillis: 3000,
  query_timeout: 5000,
  statement_timeout: 5000,
  idle_in_transaction_session_timeout: 5000
}

export const clientConfig = (url: Redacted.Redacted): Pg.PoolConfig => ({
  connectionString: Redacted.value(url),
  application_name: "evenstar",
  keepAlive: true,
  types,
  ...limits
})

const makePool = (config: Pg.PoolConfig) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new Pg.Pool(config)
      // An idle connection failed; the pool replaces it.
      pool.on("error", () => {})
      return pool
    }),
    // `end` waits for running statements; the shutdown doesn't.
    (pool) => Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  )

const decodeLogId = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ logId: LogId })))

const decodeLast = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ last: Schema.Number })))

/** Runs migrations and returns the logId. Waits for a migrating node without a limit. */
const prepare = (url: Redacted.Redacted) =>
  Effect.gen(function* () {
    const acquire = makePool({ ...clientConfig(url), query_timeout: 0, statement_timeout: 0, max: 1 })
    const sql = yield* fromPool({ acquire })
    // Created first: the Migrator's check fails and would abort the transaction.
    const table = sql`CREATE TABLE IF NOT EXISTS effect_sql_migrations (
      migration_id integer PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), name text NOT NULL)`
    const check = Effect.flatMap(
      sql`SELECT COALESCE(MAX(migration_id), 0) AS last FROM effect_sql_migrations`,
      decodeLast
    ).pipe(
      Effect.filterOrFail(
        ([{ last }]) => last <= newestMigration,
        ([{ last }]) => new SchemaTooNew({ found: last, known: newestMigration })
      )
    )
    const run = Effect.provideService(Migrator.make({})({ loader: Migrator.fromRecord(migrations) }), SqlClient, sql)
    yield* sql.withTransaction(
      Effect.all([sql`SELECT pg_advisory_xact_lock(${migrationLock})`, table, check, run], { discard: true })
    )
    const [{ logId }] = yield* Effect.flatMap(sql`SELECT log_id AS "logId" FROM log`, decodeLogId)
    return logId
  }).pipe(Effect.scoped)

/** Time for a starting server to become reachable. */
const startRetry = Schedule.spaced("500 millis").pipe(upToElapsed("15 seconds"))

const isUnreachable = (error: unknown) => {
  const cause = error instanceof SqlError ? error.cause : undefined
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return (
    /^(ECONN|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|57P0|53300)/.test(code) ||
    (cause instanceof Error && /timeout|terminated/.test(cause.message))
  )
}

/** By the code of PostgreSQL, or of the connection. */
const hintOf = (code: string, words: string) => {
  if (/^28/.test(code) || /password must be a string/.test(words)) return "set user and password in DATABASE_URL"
  if (code === "3D000") return "create it with createdb, or name another one in DATABASE_URL"
  if (code === "42501") return "the user in DATABASE_URL must be allowed to create tables"
  if (/^(ENOTFOUND|EAI_AGAIN)/.test(code)) return "check the host in DATABASE_URL"
  if (/^(ECONN|ETIMEDOUT|EHOST|ENET)/.test(code) || /timeout/.test(words)) {
    return "start PostgreSQL there, or check host and port in DATABASE_URL"
  }
  return undefined
}

/** Names the database without its password. */
export const failedToStart = (url: Redacted.Redacted) => (error: unknown) => {
  const { host, pathname } = new URL(Redacted.value(url))
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  // Of a name with several addresses the error has no message.
  const words = cause instanceof Error ? cause.message || code : String(cause)
  const hint = hintOf(code, words)
  return new StartFailed({
    message: `The database ${host}${pathname} can't be used: ${words}${hint === undefined ? "" : `: ${hint}`}`
  })
}

export const connect = Effect.fnUntraced(function* (url: Redacted.Redacted) {
  const logId = yield* prepare(url).pipe(
    Effect.retry({ schedule: startRetry, while: isUnreachable }),
    Effect.mapError(failedToStart(url))
  )
  const pool = yield* makePool({ ...clientConfig(url), max: connections })
  const { listen, listenFailure } = yield* makeListener(clientConfig(url))
  const query: PostgresService["query"] = ({ name, text }, values) =>
    Effect.async((resume) => {
      pool.query({ name, text, values: [...values], rowMode: "array" }, (error: Error | undefined, result) =>
        resume(
          error === undefined || error === null
            ? Effect.succeed(result.rows)
            : Effect.fail(storeUnavailable(statementFailed(error)))
        )
      )
    })
  const now = yield* Effect.mapError(databaseClock(query), failedToStart(url))
  return {
    logId,
    now,
    query,
    listen,
    listenFailure
  } satisfies PostgresService
})
