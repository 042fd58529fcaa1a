// A log in PostgreSQL as the target of a migration. Loaded on demand, with the `pg` driver.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { connect } from "../../layers/postgres/connect.ts"
import { upToElapsed } from "../../lib/monotonicTime.ts"
import { createDigestTable, decodeDigest } from "./copyDigest.ts"
import { copyFromStdin } from "./copyFromStdin.ts"
import { LogFailed, MigrationRefused, type Target } from "./MigrationLog.ts"
import {
  connectWithoutTimeouts,
  errorText,
  lastMigrationOf,
  logOf,
  newest,
  type PostgresLocation,
  refuseNewer,
  singleValue
} from "./postgresLog.ts"
import { events, mutableTables } from "./tables.ts"

/** Keys of the advisory locks: of the migration's session, and of each append (migrations.ts). */
const migrationLock = 6577237
const appendLock = 6577235

/** A migration that has just ended may still hold the lock. */
const lockRetry = Schedule.spaced("100 millis").pipe(upToElapsed("1 second"))

const makeTables = ({ url }: PostgresLocation) => connect(url).pipe(Effect.scoped, Effect.provide(reactivityLayer))

/** Maps the line that PostgreSQL names in a failed COPY to the sequence of the event. */
const rejected = (name: string, first: number, error: Error) => {
  const [, line] = /^COPY events, line (\d+)/.exec("where" in error ? String(error.where) : "") ?? []
  const reason = errorText(error)
  return line === undefined
    ? new LogFailed({ log: name, reason })
    : new LogFailed({ log: name, reason: `it rejects event ${first + Number(line) - 1}: ${reason}` })
}

const isBusy = (name: string) =>
  new MigrationRefused({ message: `${name} is in use: another migration into it is running` })

export const target = (place: PostgresLocation) =>
  Effect.gen(function* () {
    const { name } = place
    const { ask, client, failed } = yield* connectWithoutTimeouts(place)
    const schema = yield* lastMigrationOf(ask)
    if (schema !== undefined && schema > newest) return yield* refuseNewer(name)
    const lock = Effect.flatMap(ask("SELECT pg_try_advisory_lock($1)", [migrationLock]), (rows) =>
      singleValue(rows) === true ? Effect.void : isBusy(name)
    )
    yield* Effect.retry(lock, {
      schedule: lockRetry,
      while: (error) => error._tag === "MigrationRefused"
    })
    yield* makeTables(place)
    yield* ask(createDigestTable)
    const nodes = Number(
      singleValue(
        yield* ask(
          "SELECT count(*) FROM nodes WHERE seen_at > extract(epoch FROM clock_timestamp() - interval '5 seconds') * 1000"
        )
      )
    )
    if (nodes > 0) {
      return yield* new MigrationRefused({ message: `${name} is in use: stop the nodes that run on it` })
    }

    // Events lost in a crash are copied by the next run.
    yield* ask("SET synchronous_commit = off")
    const log = logOf(name, ask)
    const transact: Target["transact"] = (work) =>
      Effect.acquireUseRelease(
        ask("BEGIN"),
        () => Effect.zipLeft(work, ask("COMMIT")),
        // A lost connection has rolled back already.
        (_, exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.option(ask("ROLLBACK")))
      )
    return {
      ...log,
      adoptLogId: (logId) =>
        transact(Effect.zipRight(ask("DELETE FROM copied"), Effect.asVoid(ask("UPDATE log SET log_id = $1", [logId])))),
      append: (rows, head) =>
        transact(
          Effect.gen(function* () {
            yield* ask("SELECT pg_advisory_xact_lock($1)", [appendLock])
            if ((yield* log.head) !== head) {
              return yield* new MigrationRefused({ message: `${name} is in use: another process appends to its log` })
            }
            yield* Effect.mapError(copyFromStdin(client, events, rows), (error) => rejected(name, head + 1, error))
          })
        ),
      transact,
      clear: ({ name }) => Effect.asVoid(ask(`DELETE FROM ${name}`)),
      digest: Effect.map(ask("SELECT max(digest) FROM copied"), (rows) => decodeDigest(singleValue(rows))),
      storeDigest: (digest) =>
        Effect.zipRight(ask("DELETE FROM copied"), Effect.asVoid(ask("INSERT INTO copied VALUES ($1)", [digest]))),
      insert: (table, rows) => Effect.mapError(copyFromStdin(client, table, rows), failed),
      flush: Effect.gen(function* () {
        // The commit of a transaction with an id flushes the WAL of all earlier ones.
        yield* ask("SET synchronous_commit = on")
        yield* ask("SELECT pg_current_xact_id()")
        // Statistics for the first queries of a node.
        for (const { name } of [events, ...mutableTables]) yield* ask(`ANALYZE ${name}`)
      })
    } satisfies Target
  })
