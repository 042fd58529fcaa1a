// Keeps analytics' database open and fed. What can't be opened, read or written is closed and tried again every second: the
// cause may be gone by then, and nobody has to restart anything.
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
import type { AnalyticsStatus, Ingested, Progress } from "./Analytics.ts"
import { type Connection, type Duck, DuckFailed, open } from "./Duck.ts"
import * as EventsTable from "./EventsTable.ts"
import { ingest } from "./ingest.ts"
import type { LogDays } from "./logDays.ts"
import { duckShare, memoryLimit } from "./memoryLimit.ts"

const retryAfter = "1 second"
const opening = "it is being opened"
const corrupt = "its file is corrupt, or no database; when it is deleted it is made anew"

export const options = {
  threads: String(availableParallelism()),
  memory_limit: `${duckShare(memoryLimit())}MiB`
}

/** What DuckDB says, for those who ask over the network: it names files and processes, which the log tells. */
const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return "its database fails; the log says how"
  // All of its lines: what DuckDB says after a fatal error has the cause in a later one.
  const said = error.cause instanceof Error ? error.cause.message : error.message
  if (error instanceof DuckFailed && error.isOfLock) return "its file is locked by another process"
  if (/No space left|disk is full|out of space/i.test(said)) return "the disk is full"
  if (/^Out of Memory/.test(said)) return "it has not enough memory for this"
  if (/not a valid DuckDB|corrupt|checksum|deserialize|version number|replaying WAL|enough bytes/i.test(said))
    return corrupt
  if (/^IO Error: (Cannot|Could not) open/.test(said)) return "its file can't be opened"
  return "its database fails; the log says how"
}

/** The database is of no more use after these. */
const isFatal = ({ reason }: DuckFailed) => /^(IO|FATAL|INTERNAL|Serialization|TransactionContext) Error/.test(reason)

/** Opens the database. Where it is to be begun anew, a file that is corrupt gives way; one that somebody else has open doesn't. */
const openFor = (file: string, startOver: boolean) =>
  Effect.catchIf(
    open(file, options),
    (error) => startOver && reasonOf(error) === corrupt,
    () => {
      const remove = Effect.promise(() => Promise.all(["", ".wal"].map((suffix) => rm(file + suffix, { force: true }))))
      return Effect.zipRight(remove, open(file, options))
    }
  )

/** Before it is closed: closing would do the same, on the event loop and for as long as it takes. */
const tidy = ({ run }: Connection) =>
  Effect.catchAll(run("CHECKPOINT"), (error) => Effect.logDebug("Analytics' database can't be tidied", error))

interface Opened {
  readonly duck: Duck
  readonly fibers: FiberSet.FiberSet<unknown, unknown>
  /** Ends this opening, so that the next one follows. */
  readonly over: Deferred.Deferred<void, DuckFailed>
}

/** Opens the database in `file`, feeds it, and does so again whenever that ends; for as long as the scope is open. */
export const superviseDuckDb = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const listeners = new Set<(news: Ingested) => void>()
    /** Whether the first opening succeeds is known: who asks earlier waits for that. */
    const tried = yield* Deferred.make<void>()
    let opened: Opened | undefined
    let startOver = false
    /** Why the last opening ended, until more of the log is in the rows. */
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
    const tell = (news: Ingested, progress: Progress | undefined, days: LogDays | undefined) => {
      known = undefined
      status = { ...status, sequence: news.sequence, days, progress }
      inform(news)
    }

    /** One opening; returns when the next one is wanted, and fails with what makes this one useless. */
    const serve = Effect.scoped(
      Effect.gen(function* () {
        const isAsked = startOver
        const duck = yield* openFor(file, isAsked)
        const connection = yield* duck.connect
        const why = isAsked
          ? "so it was asked for"
          : yield* EventsTable.whyAnew(connection, store.logId, yield* store.head)
        if (why !== undefined) {
          yield* Effect.logInfo(`Analytics reads the log from its begin: ${why}`)
          yield* EventsTable.begin(connection, store.logId)
        } else if (known !== undefined) {
          // What is corrupt may open well, and fail only when it is read.
          yield* EventsTable.readThrough(connection)
        }
        if (isAsked) startOver = false
        yield* Effect.addFinalizer(() => tidy(connection))
        const fibers = yield* FiberSet.make()
        const over = yield* Deferred.make<void, DuckFailed>()
        yield* Effect.acquireRelease(
          Effect.map(
            Effect.all([EventsTable.position(connection), EventsTable.days(connection)]),
            ([sequence, days]) => {
              // Rows that nobody was told of, as of a commit that failed after it was durable, make old answers old too.
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
        // Asked for since we looked.
        if (startOver) return
        return yield* Effect.raceFirst(ingest(connection, tell), Deferred.await(over))
      })
    )

    /** The outermost edge: whatever has ended an opening is told once, and the next one follows. */
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
      // A wrong statement is a fault of ours, whatever the state of the database.
      if (error.isOfStatement) return Effect.die(error)
      const told = isFatal(error) ? Deferred.fail(over, error) : Effect.logWarning("An analytics query failed", error)
      return Effect.zipRight(told, new AnalyticsUnavailable({ reason: reasonOf(error) }))
    }

    /** Works with the current opening; when that ends, so does the work. */
    const withDuck = <A>(
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
      withDuck,
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
