// The log in a column store, for questions about all of it: one DuckDB instance, fed by the log. When its database can't be
// used, analytics is unavailable until it can, and nothing else is.
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AnalyticsUnavailable, QueryTimedOut, type Question } from "../../domain/AnalyticsQuery.ts"
import { EventStore } from "../EventStore.ts"
import { Settings } from "../Settings.ts"
import * as Compute from "./compute.ts"
import type { Ingested } from "./ingest.ts"
import { type AnalyticsStatus, keepOpen } from "./keepOpen.ts"
import { differences } from "./verify.ts"

/** Queries at a time, others wait: each takes one of libuv's four threads, and shares the machine's cores with commands. */
const concurrency = 2
/** Those that wait; more are refused. */
const mostWaiting = 256

export interface Computed extends Compute.Computed {
  /** Of which rows: those that were begun anew have another. */
  readonly epoch: number
}

export interface AnalyticsService {
  /** Computes an answer. Interrupting it interrupts the query in DuckDB, as `ANALYTICS_QUERY_TIMEOUT` does. */
  readonly compute: (question: Question) => Effect.Effect<Computed, AnalyticsUnavailable | QueryTimedOut>
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
    const { listen, rebuild, status, withDuck } = yield* keepOpen(file)
    const seats = yield* Effect.makeSemaphore(concurrency)
    let asked = 0
    const seated = <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | AnalyticsUnavailable> =>
      Effect.suspend((): Effect.Effect<A, E | AnalyticsUnavailable> => {
        if (asked === concurrency + mostWaiting) return new AnalyticsUnavailable({ reason: "too many queries wait" })
        asked++
        return Effect.ensuring(
          seats.withPermits(1)(work),
          Effect.sync(() => asked--)
        )
      })
    return {
      compute: (question) =>
        withDuck((duck) =>
          Effect.map(Compute.compute(duck, question), (computed) => ({ ...computed, epoch: status().epoch }))
        ).pipe(
          seated,
          // Who asked is answered in time; the seat is free again when DuckDB has really let go.
          Effect.disconnect,
          Effect.timeoutFail({
            duration: analyticsQueryTimeout,
            onTimeout: () => new QueryTimedOut({ query: question.name })
          })
        ),
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
