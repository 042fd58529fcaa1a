// A log in PostgreSQL that another one is copied into. Loaded only where one is asked for.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { connect } from "../../layers/postgres/connect.ts"
import { upToElapsed } from "../../lib/monotonicTime.ts"
import { digestIn, makeCopied } from "./copied.ts"
import { copyIn } from "./copyIn.ts"
import { LogFailed, MigrationRefused, type Target } from "./Log.ts"
import { connected, logOf, newer, newest, one, type PostgresPlace, schemaOf, words } from "./postgresLog.ts"
import { events, others } from "./tables.ts"

/** The locks of a migration, for as long as it is connected, and of each append (migrations.ts). */
const migrating = 6577237
const appending = 6577235

/** What has died a moment ago may still have the lock. */
const patience = Schedule.spaced("100 millis").pipe(upToElapsed("1 second"))

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
    yield* ask(makeCopied)
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

    // Should the power fail, the last events are missing, and the next run brings them.
    yield* ask("SET synchronous_commit = off")
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
      become: (logId) =>
        transact(Effect.zipRight(ask("DELETE FROM copied"), Effect.asVoid(ask("UPDATE log SET log_id = $1", [logId])))),
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
      clear: ({ name }) => Effect.asVoid(ask(`DELETE FROM ${name}`)),
      copied: Effect.map(ask("SELECT max(digest) FROM copied"), (rows) => digestIn(one(rows))),
      leave: (digest) =>
        Effect.zipRight(ask("DELETE FROM copied"), Effect.asVoid(ask("INSERT INTO copied VALUES ($1)", [digest]))),
      insert: (table, rows) => Effect.mapError(copyIn(client, table, rows), failed),
      settle: Effect.gen(function* () {
        // A transaction that has a number is on the disk with all that were before it.
        yield* ask("SET synchronous_commit = on")
        yield* ask("SELECT pg_current_xact_id()")
        // Whoever reads it next finds statistics.
        for (const { name } of [events, ...others]) yield* ask(`ANALYZE ${name}`)
      })
    } satisfies Target
  })
