// One SQLite file, two clients: one that writes and one that only reads, so a read never waits for a transaction.
// Calls are synchronous, so a lock held elsewhere is waited for here, between tries, and never inside SQLite.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { type SqlClient, SqlClient as SqlClientTag, TransactionConnection } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { make as makeClient } from "@effect/sql-sqlite-node/SqliteClient"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isParseError, type ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { StoreUnavailable } from "../domain/StoredEvent.ts"
import { migrations } from "./migrations.ts"
import { Settings } from "./Settings.ts"

/** The start can't go on: the message is all that the operator needs. */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", { message: Schema.String }) {}

const SqliteFailure = Schema.Struct({ code: Schema.String, message: Schema.String })
const sqliteFailure = Schema.decodeUnknownOption(SqliteFailure)

const isBusy = (error: SqlError) =>
  Option.exists(sqliteFailure(error.cause), ({ code }) => code.startsWith("SQLITE_BUSY"))

/** A failed statement as the domain's error, with SQLite's own reason. */
const unavailable = (error: SqlError): StoreUnavailable =>
  new StoreUnavailable({
    reason: Option.match(sqliteFailure(error.cause), {
      onNone: () => error.message,
      onSome: ({ code, message }) => `${message} (${code})`
    }),
    cause: error
  })

/** A failed statement is the caller's to handle; a row that our own append can't have written is a defect. */
export const storeErrors = <A, E, R>(effect: Effect.Effect<A, E | SqlError | ParseError, R>) =>
  effect.pipe(
    Effect.catchIf(
      (error) => error instanceof SqlError,
      (error) => Effect.fail(unavailable(error))
    ),
    Effect.catchIf(isParseError, (error) => Effect.die(error))
  )

const lockPatience = Schedule.exponential("2 millis").pipe(
  Schedule.union(Schedule.spaced("25 millis")),
  Schedule.upTo("5 seconds")
)

/** `BEGIN IMMEDIATE`, the effect, `COMMIT`; rolled back on any failure, a failing COMMIT included. */
const immediate =
  (sql: SqlClient) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> =>
    Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const connection = yield* restore(Effect.mapError(sql.reserve, unavailable))
          const run = (statement: string) => connection.executeUnprepared(statement, [], undefined)
          yield* restore(
            Effect.suspend(() => run("BEGIN IMMEDIATE")).pipe(Effect.retry({ schedule: lockPatience, while: isBusy }))
          ).pipe(Effect.mapError(unavailable))
          const exit = yield* restore(effect).pipe(
            Effect.provideService(TransactionConnection, [connection, 0]),
            Effect.tap(() => Effect.mapError(run("COMMIT"), unavailable)),
            Effect.exit
          )
          // SQLite itself rolls back on some failures (a full disk): then there is no transaction left to end.
          if (Exit.isFailure(exit)) yield* Effect.option(run("ROLLBACK"))
          return yield* exit
        })
      )
    )

/** What went wrong at the root, in its own words: the wrappers around it say less. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

const open = (filename: string, readonly: boolean) =>
  Effect.gen(function* () {
    // The reader finds the file in WAL mode already, and may not set it.
    const sql = yield* makeClient({ filename, readonly, disableWAL: readonly })
    yield* sql`PRAGMA busy_timeout = 0`
    yield* sql`PRAGMA foreign_keys = ON`
    // Said on every connection: better-sqlite3 is built to fall back to NORMAL in WAL mode.
    yield* sql`PRAGMA synchronous = FULL`
    return sql
  })

export class Sql extends Context.Tag("evenstar/Sql")<
  Sql,
  {
    /** Reads committed rows; refuses to write. */
    readonly read: SqlClient
    /** The only connection that writes. */
    readonly write: SqlClient
    readonly immediate: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
  }
>() {
  /** `evenstar.db` in `DATA_DIR`, both made where they are missing. */
  static readonly layer = Layer.scoped(
    Sql,
    Effect.gen(function* () {
      const { dataDir } = yield* Settings
      const filename = join(dataDir, "evenstar.db")
      return yield* Effect.gen(function* () {
        yield* Effect.try(() => mkdirSync(dataDir, { recursive: true }))
        const write = yield* open(filename, false)
        yield* Effect.provideService(
          Migrator.make({})({ loader: Migrator.fromRecord(migrations) }),
          SqlClientTag,
          write
        )
        const read = yield* open(filename, true)
        return { read, write, immediate: immediate(write) }
      }).pipe(
        Effect.catchAllCause((cause) => {
          const found = reason(Cause.squash(cause))
          return Effect.fail(new StartFailed({ message: `The database ${filename} can't be opened: ${found}` }))
        })
      )
    })
  ).pipe(Layer.provide(reactivityLayer))
}
