// The log in a column store, for questions about all of it: one DuckDB instance, fed by the log. When its database can't be
// used, analytics is unavailable until it can, and nothing else is.
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AnalyticsUnavailable, QueryTimedOut, type Question } from "../../domain/AnalyticsQuery.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Settings } from "../node/Settings.ts"
import { RateLimited } from "../rateLimits/RateLimits.ts"
import * as Compute from "./compute.ts"
import { FairSeats, type Networks } from "./FairSeats.ts"
import type { Ingested } from "./ingest.ts"
import { type AnalyticsStatus, superviseDuckDb } from "./superviseDuckDb.ts"
import { differences } from "./verify.ts"

/** Queries at a time, others wait: each takes one of libuv's four threads, and shares the machine's cores with commands. */
export const concurrency = 2
/** Those that wait, in all and of a network; more are refused. */
export const mostWaiting = 256
export const mostWaitingOfNetwork = 16
/** Seconds. */
const retryAfter = 5

export type ComputeError = AnalyticsUnavailable | QueryTimedOut | RateLimited

/** The process itself asks. */
const ownNetwork: Networks = new Map([["", 1]])

/** The work in a turn of one of the networks, or why the queue takes no more from them. */
export const queued = <A, E, E2 = E>(
  seats: FairSeats,
  networks: Networks,
  work: Effect.Effect<A, E>,
  around?: (seated: Effect.Effect<A, E>) => Effect.Effect<A, E | E2>
) =>
  Effect.suspend((): Effect.Effect<A, E | E2 | AnalyticsUnavailable | RateLimited> => {
    if (seats.waiting >= mostWaiting) return new AnalyticsUnavailable({ reason: "too many queries wait" })
    const isFull = [...networks.keys()].every((network) => seats.waitingOf(network) >= mostWaitingOfNetwork)
    return isFull ? new RateLimited({ retryAfter }) : seats.withSeat(networks, work, around)
  })

export interface Computed extends Compute.Computed {
  /** Of which rows: those that were begun anew have another. */
  readonly epoch: number
}

export interface AnalyticsService {
  /**
   * Computes an answer for the networks that want it, in the first turn that one of them has. Interrupting it interrupts the query
   * in DuckDB, as `ANALYTICS_QUERY_TIMEOUT` does.
   */
  readonly compute: (question: Question, networks?: Networks) => Effect.Effect<Computed, ComputeError>
  /** Queries that wait for a seat. */
  readonly waiting: () => number
  /** Calls back whenever more of the log is in the rows, until the scope closes. */
  readonly listen: (listener: (news: Ingested) => void) => Effect.Effect<void, never, Scope.Scope>
  readonly status: () => AnalyticsStatus
  /** Drops all rows, and has them read from the log again. */
  readonly rebuild: Effect.Effect<void>
  /** What is other than in the log, in words; nothing where all is the same. */
  readonly verify: Effect.Effect<ReadonlyArray<string>, AnalyticsUnavailable>
}

const make = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const { analyticsQueryTimeout } = yield* Settings
    const { listen, rebuild, status, withDuck } = yield* superviseDuckDb(file)
    const seats = new FairSeats(concurrency)
    return {
      compute: (question, networks = ownNetwork) => {
        const work = withDuck((duck) =>
          Effect.map(Compute.compute(duck, question), (computed) => ({ ...computed, epoch: status().epoch }))
        )
        // Who asked is answered in time; the seat is free again when DuckDB has really let go.
        return queued(seats, networks, work, (seated) =>
          Effect.timeoutFail(Effect.disconnect(seated), {
            duration: analyticsQueryTimeout,
            onTimeout: () => new QueryTimedOut({ query: question.name })
          })
        )
      },
      waiting: () => seats.waiting,
      listen,
      status,
      rebuild,
      verify: withDuck((duck) => Effect.scoped(Effect.flatMap(duck.connect, (it) => differences(it, store))))
    } satisfies AnalyticsService
  })

export class Analytics extends Context.Tag("evenstar/Analytics")<Analytics, AnalyticsService>() {
  /** In `DATA_DIR/analytics.duckdb`. It may be deleted while nothing runs: it is made anew from the log. */
  static readonly layer = Layer.scoped(
    Analytics,
    Effect.flatMap(Settings, ({ dataDir }) => make(join(dataDir, "analytics.duckdb")))
  )
  /** In memory, for tests: made from the log at each start. */
  static readonly layerMemory = Layer.scoped(Analytics, make(":memory:"))
}
