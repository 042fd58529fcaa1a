// Supervises the DuckDB database: opens, feeds and, after any failure, reopens it every second.
import { rm } from "node:fs/promises"
import { availableParallelism } from "node:os"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import { AnalyticsUnavailable } from "../../domain/AnalyticsQuery.ts"
import { noEvents, type StoreUnavailable } from "../../domain/StoredEvent.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import type { AnalyticsStatus, Ingested, IngestProgress } from "./Analytics.ts"
import { type Connection, type Duck, DuckFailed, open } from "./Duck.ts"
import * as EventsTable from "./EventsTable.ts"
import { ingest } from "./ingest.ts"
import type { LogDays } from "./logDays.ts"
import { duckShare, memoryLimit } from "./memoryLimit.ts"

const retryAfter = "1 second"
const opening = "it is being opened"
const corrupt = "its file is corrupt or not a database: delete the file or request a rebuild"

export const options = {
  threads: String(availableParallelism()),
  memory_limit: `${duckShare(memoryLimit())}MiB`
}

/** A public reason for a DuckDB error; the log has file names and details. */
const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return "its database failed; the server's log has the details"
  // All lines: the cause of a fatal error is in a later one.
  const text = error.cause instanceof Error ? error.cause.message : error.message
  if (error instanceof DuckFailed && error.isOfLock) return "its file is locked by another process"
  if (/No space left|disk is full|out of space/i.test(text)) return "the disk is full"
  if (/^Out of Memory/.test(text)) return "it does not have enough memory"
  if (/not a valid DuckDB|corrupt|checksum|deserialize|version number|replaying WAL|enough bytes/i.test(text))
    return corrupt
  if (/^IO Error: (Cannot|Could not) open/.test(text)) return "its file can't be opened"
  return "its database failed; the server's log has the details"
}

/** Errors after which the database must be reopened. */
const isFatal = ({ reason }: DuckFailed) => /^(IO|FATAL|INTERNAL|Serialization|TransactionContext) Error/.test(reason)

/** Opens the database. A rebuild replaces a corrupt file, but not a locked one. */
const openFor = (file: string, startOver: boolean) =>
  Effect.catchIf(
    open(file, options),
    (error) => startOver && reasonOf(error) === corrupt,
    () => {
      const remove = Effect.promise(() => Promise.all(["", ".wal"].map((suffix) => rm(file + suffix, { force: true }))))
      return Effect.zipRight(remove, open(file, options))
    }
  )

/** Checkpoints before closing, which would block the event loop. */
const tidy = ({ run }: Connection) =>
  Effect.catchAll(run("CHECKPOINT"), (error) =>
    Effect.logDebug("The analytics database could not be checkpointed", error)
  )

interface Opened {
  readonly duck: Duck
  readonly fibers: FiberSet.FiberSet<unknown, unknown>
  /** Completes to end this session and start the next. */
  readonly over: Deferred.Deferred<void, DuckFailed>
}

/** Opens and feeds the database in `file`, again after each failure, until the scope closes. */
export const superviseDuckDb = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const listeners = new Set<(news: Ingested) => void>()
    /** Completes after the first attempt; earlier queries wait for it. */
    const tried = yield* Deferred.make<void>()
    let opened: Opened | undefined
    let startOver = false
    /** Reason of the last failure, until new rows are ingested. */
    let known: string | undefined
    let status: AnalyticsStatus = {
      sequence: noEvents,
      days: undefined,
      epoch: 0,
      unavailable: opening,
      progress: undefined
    }

    const inform = (news: Ingested) => {
      for (const listener of listeners) listener(news)
    }
    const onCommit = (news: Ingested, progress: IngestProgress | undefined, days: LogDays | undefined) => {
      known = undefined
      status = { ...status, sequence: news.sequence, days, progress }
      inform(news)
    }

    /** One session; returns when a new one is requested, fails on a fatal error. */
    const serve = Effect.scoped(
      Effect.gen(function* () {
        const isAsked = startOver
        const duck = yield* openFor(file, isAsked)
        const connection = yield* duck.connect
        const why = isAsked
          ? "a rebuild was requested"
          : yield* EventsTable.rebuildReason(connection, store.logId, yield* store.head)
        if (why !== undefined) {
          yield* Effect.logInfo(`Analytics rebuilds its rows from the first event: ${why}`)
          yield* EventsTable.createTables(connection, store.logId)
        } else if (known !== undefined) {
          // Corruption may only show when rows are read.
          yield* EventsTable.readAllRows(connection)
        }
        if (isAsked) startOver = false
        yield* Effect.addFinalizer(() => tidy(connection))
        const fibers = yield* FiberSet.make()
        const over = yield* Deferred.make<void, DuckFailed>()
        yield* Effect.acquireRelease(
          Effect.map(
            Effect.all([EventsTable.position(connection), EventsTable.days(connection)]),
            ([sequence, days]) => {
              // Rows of a commit that failed after it was durable start a new epoch.
              const isSame = why === undefined && sequence === status.sequence
              opened = { duck, fibers, over }
              status = {
                sequence,
                days,
                epoch: status.epoch + (isSame ? 0 : 1),
                unavailable: undefined,
                progress: undefined
              }
              inform({ sequence, aggregateTypes: new Set() })
            }
          ),
          () =>
            Effect.sync(() => {
              opened = undefined
              status = { ...status, unavailable: opening, progress: undefined }
            })
        )
        yield* Deferred.succeed(tried, undefined)
        // A rebuild was requested meanwhile.
        if (startOver) return
        return yield* Effect.raceFirst(ingest(connection, onCommit), Deferred.await(over))
      })
    )

    /** The outermost edge: logs each cause once and reopens. */
    yield* serve.pipe(
      Effect.catchAllCause((cause) => {
        const error = Cause.squash(cause)
        const reason = reasonOf(error)
        const isNews = known !== reason
        known = reason
        status = { ...status, unavailable: reason, progress: undefined }
        return Effect.logWarning(`Analytics is not available: ${reason}`, error).pipe(
          Effect.when(() => isNews),
          Effect.zipRight(Deferred.succeed(tried, undefined)),
          Effect.zipRight(Effect.sleep(retryAfter))
        )
      }),
      Effect.forever,
      Effect.forkScoped
    )

    const reported = (error: DuckFailed, over: Opened["over"]) => {
      // An invalid statement is a defect.
      if (error.isOfStatement) return Effect.die(error)
      const told = isFatal(error) ? Deferred.fail(over, error) : Effect.logWarning("An analytics query failed", error)
      return Effect.zipRight(told, new AnalyticsUnavailable({ reason: reasonOf(error) }))
    }

    /** Runs work on the current session; fails when that ends. */
    const withDatabase = <A>(
      work: (duck: Duck) => Effect.Effect<A, DuckFailed | StoreUnavailable>
    ): Effect.Effect<A, AnalyticsUnavailable> =>
      Effect.gen(function* () {
        yield* Deferred.await(tried)
        if (opened === undefined) return yield* new AnalyticsUnavailable({ reason: status.unavailable ?? opening })
        const { duck, fibers, over } = opened
        const fiber = yield* FiberSet.run(fibers, work(duck))
        const exit = yield* Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber))
        if (Exit.isInterrupted(exit)) return yield* new AnalyticsUnavailable({ reason: opening })
        return yield* Effect.catchTags(exit, {
          DuckFailed: (error) => reported(error, over),
          StoreUnavailable: ({ reason }) => new AnalyticsUnavailable({ reason })
        })
      })

    return {
      withDatabase,
      status: () => status,
      listen: (listener: (news: Ingested) => void) =>
        Effect.acquireRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener))
        ),
      rebuild: Effect.suspend(() => {
        startOver = true
        return opened === undefined ? Effect.void : Deferred.succeed(opened.over, undefined)
      })
    }
  })
