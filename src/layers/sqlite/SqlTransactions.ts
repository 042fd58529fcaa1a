// `BEGIN IMMEDIATE`, the work, `COMMIT`, on the connection that writes: for Effects, and for synchronous work. A lock that
// another process holds is waited for between tries, never inside SQLite: there the wait would stop the whole process.
import { type SqlClient, TransactionConnection } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { deadline, hasPassed, requestTimeout } from "../../lib/deadline.ts"
import { upToElapsed } from "../../lib/monotonicTime.ts"
import { isBusy, storeUnavailable } from "./SqlErrors.ts"
import type { SqliteWriter } from "./SqliteWriter.ts"

/** FULL: on the disk when the COMMIT returns. NORMAL: with the next FULL one, and until then it may be lost, as a whole. */
type Durability = "FULL" | "NORMAL"

const retryUpTo = (time: Duration.DurationInput) =>
  Schedule.exponential("2 millis").pipe(Schedule.union(Schedule.spaced("25 millis")), upToElapsed(time))

const lockRetry = retryUpTo(requestTimeout)
/** Between the tries of a request, which end by its deadline. */
const tries = Schedule.union(Schedule.exponential("2 millis"), Schedule.spaced("25 millis"))

/** Tries again while another process has the lock, until the current request's deadline; once more where that is past. */
const untilDeadline = <A, E, R>(once: Effect.Effect<A, E, R>, isHeld: (error: E) => boolean) =>
  Effect.flatMap(deadline, (until) =>
    Effect.retry(once, {
      schedule: tries,
      while: (error) => (isHeld(error) ? Effect.map(hasPassed(until), (past) => !past) : Effect.succeed(false))
    })
  )

/** For another process's migrations, which on a large log may take long: who gives up before they are through fails to start. */
export const migrationRetry = retryUpTo("1 minute")

/** A statement outside of a transaction, until no other process is in its way. */
export const retryWhileLocked = <A>(statement: Effect.Effect<A, SqlError>) =>
  Effect.retry(statement, { schedule: lockRetry, while: isBusy })

/** Another process has the lock: nothing has happened yet, and the connection is free for others until the next try. */
export class LockHeld extends Data.TaggedError("LockHeld")<{ readonly error: SqlError }> {}
export const isLockHeld = (error: unknown): error is LockHeld => error instanceof LockHeld

/** Of an effect; rolled back on any failure, a failing COMMIT included. */
export const effectTransaction =
  (sql: SqlClient, durability: Durability, retry?: ReturnType<typeof retryUpTo>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreUnavailable, R> => {
    const once = Effect.scoped(
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const connection = yield* restore(Effect.mapError(sql.reserve, storeUnavailable))
          const run = (statement: string) => connection.executeUnprepared(statement, [], undefined)
          if (durability === "NORMAL") {
            yield* Effect.mapError(run("PRAGMA synchronous = NORMAL"), storeUnavailable)
            yield* Effect.addFinalizer(() => Effect.orDie(run("PRAGMA synchronous = FULL")))
          }
          yield* Effect.mapError(run("BEGIN IMMEDIATE"), (error) =>
            isBusy(error) ? new LockHeld({ error }) : storeUnavailable(error)
          )
          const exit = yield* restore(effect).pipe(
            Effect.provideService(TransactionConnection, [connection, 0]),
            Effect.tap(() => Effect.mapError(run("COMMIT"), storeUnavailable)),
            Effect.exit
          )
          // SQLite itself rolls back on some failures (a full disk): then there is no transaction left to end.
          if (Exit.isFailure(exit)) yield* Effect.option(run("ROLLBACK"))
          return yield* exit
        })
      )
    )
    return once.pipe(
      Effect.catchIf(isLockHeld, () =>
        retry === undefined
          ? untilDeadline(once, isLockHeld)
          : Effect.retry(once, { schedule: retry, while: isLockHeld })
      ),
      Effect.catchIf(isLockHeld, ({ error }) => Effect.fail(storeUnavailable(error)))
    )
  }

/** Of synchronous work, without a turn of the event loop in between; rolled back when it throws, or the COMMIT fails. */
export const syncTransaction = ({ database, exclusive }: SqliteWriter, durability: Durability) => {
  const begin = database.prepare("BEGIN IMMEDIATE")
  const commit = database.prepare("COMMIT")
  const rollback = database.prepare("ROLLBACK")
  const transaction = <A>(work: () => A): A => {
    begin.run()
    try {
      const result = work()
      commit.run()
      return result
    } finally {
      // Still open: something failed. SQLite itself has rolled back where it found no other way (a full disk).
      if (database.inTransaction) rollback.run()
    }
  }
  const relaxed = <A>(work: () => A): A => {
    database.pragma("synchronous = NORMAL")
    try {
      return transaction(work)
    } finally {
      database.pragma("synchronous = FULL")
    }
  }
  const run = durability === "FULL" ? transaction : relaxed
  const once = <A>(work: () => A) => exclusive(() => run(work))
  return {
    /** Waits for a lock that another process has, until the current request's deadline. */
    wait: <A>(work: () => A): Effect.Effect<A, StoreUnavailable> =>
      // A schedule is only made where there is something to wait for: it costs more than the transaction.
      Effect.catchAll(once(work), (error) =>
        Effect.mapError(isBusy(error) ? untilDeadline(once(work), isBusy) : Effect.fail(error), storeUnavailable)
      ),
    /** Fails at once where another process has the lock. */
    attempt: <A>(work: () => A): Effect.Effect<A, StoreUnavailable | LockHeld> =>
      Effect.mapError(once(work), (error) => (isBusy(error) ? new LockHeld({ error }) : storeUnavailable(error)))
  }
}
