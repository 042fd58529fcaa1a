// Immediate transactions on the writing connection, for Effects and synchronous work. Locks of
// other processes are awaited between retries: inside SQLite the wait would block the process.
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

/**
 * FULL: durable when COMMIT returns. NORMAL: durable with the next FULL commit; until then it may
 * be lost as a whole.
 */
type Durability = "FULL" | "NORMAL"

const retryUpTo = (time: Duration.DurationInput) =>
  Schedule.exponential("2 millis").pipe(Schedule.union(Schedule.spaced("25 millis")), upToElapsed(time))

const lockRetry = retryUpTo(requestTimeout)
/** Delays between retries of a request, which end by its deadline. */
const tries = Schedule.union(Schedule.exponential("2 millis"), Schedule.spaced("25 millis"))

/** Retries while the lock is held, until the request's deadline; at least once. */
const untilDeadline = <A, E, R>(once: Effect.Effect<A, E, R>, isHeld: (error: E) => boolean) =>
  Effect.flatMap(deadline, (until) =>
    Effect.retry(once, {
      schedule: tries,
      while: (error) => (isHeld(error) ? Effect.map(hasPassed(until), (past) => !past) : Effect.succeed(false))
    })
  )

/** For migrations of another process, which may take long on a large log. */
export const migrationRetry = retryUpTo("1 minute")

/** Runs a statement outside a transaction, retried while locked. */
export const retryWhileLocked = <A>(statement: Effect.Effect<A, SqlError>) =>
  Effect.retry(statement, { schedule: lockRetry, while: isBusy })

/** Another process holds the lock; nothing happened, and the connection is free until the retry. */
export class LockHeld extends Data.TaggedError("LockHeld")<{ readonly error: SqlError }> {}
export const isLockHeld = (error: unknown): error is LockHeld => error instanceof LockHeld

/** Runs an effect in a transaction; rolled back on any failure, including COMMIT. */
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
          // SQLite rolls back by itself on some errors (disk full).
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

/**
 * Runs synchronous work in a transaction without yielding; rolled back on an exception or failed
 * COMMIT.
 */
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
      // Still open after a failure, unless SQLite rolled back by itself (disk full).
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
    /** Retries while another process holds the lock, until the request's deadline. */
    wait: <A>(work: () => A): Effect.Effect<A, StoreUnavailable> =>
      // The schedule is created only on contention: it costs more than the transaction.
      Effect.catchAll(once(work), (error) =>
        Effect.mapError(isBusy(error) ? untilDeadline(once(work), isBusy) : Effect.fail(error), storeUnavailable)
      ),
    /** Fails at once while another process holds the lock. */
    attempt: <A>(work: () => A): Effect.Effect<A, StoreUnavailable | LockHeld> =>
      Effect.mapError(once(work), (error) => (isBusy(error) ? new LockHeld({ error }) : storeUnavailable(error)))
  }
}
