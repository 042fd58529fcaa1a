// Analytics in DuckDB: one instance fed by the log, and the query queue.
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AnalyticsUnavailable, QueryTimedOut } from "../../domain/AnalyticsQuery.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Settings } from "../node/Settings.ts"
import { RateLimited } from "../rateLimits/RateLimits.ts"
import { Analytics, type AnalyticsService, concurrency, maxQueued, maxQueuedPerNetwork } from "./Analytics.ts"
import { compute } from "./compute.ts"
import { FairQueue, type Networks } from "./FairQueue.ts"
import { differences } from "./rowDifferences.ts"
import { superviseDuckDb } from "./superviseDuckDb.ts"

/** Seconds. */
const retryAfter = 5

/** Network of queries by the process itself. */
const ownNetwork: Networks = new Map([["", 1]])

/** Queues work for the networks; fails when the queue is full. */
export const queued = <A, E, E2 = E>(
  seats: FairQueue,
  networks: Networks,
  work: Effect.Effect<A, E>,
  around?: (seated: Effect.Effect<A, E>) => Effect.Effect<A, E | E2>
) =>
  Effect.suspend((): Effect.Effect<A, E | E2 | AnalyticsUnavailable | RateLimited> => {
    if (seats.waiting >= maxQueued) return new AnalyticsUnavailable({ reason: "too many queries wait" })
    const isFull = [...networks.keys()].every((network) => seats.waitingOf(network) >= maxQueuedPerNetwork)
    return isFull ? new RateLimited({ retryAfter }) : seats.withSlot(networks, work, around)
  })

const make = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const { analyticsQueryTimeout } = yield* Settings
    const { listen, rebuild, status, withDatabase } = yield* superviseDuckDb(file)
    const seats = new FairQueue(concurrency)
    return {
      compute: (question, networks = ownNetwork) => {
        const work = withDatabase((duck) =>
          Effect.map(compute(duck, question), (computed) => ({ ...computed, epoch: status().epoch }))
        )
        // The caller times out on time; the slot is released when DuckDB has really stopped.
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
      verify: withDatabase((duck) => Effect.scoped(Effect.flatMap(duck.connect, (it) => differences(it, store))))
    } satisfies AnalyticsService
  })

/** `DATA_DIR/analytics.duckdb`. May be deleted while no process runs: it is rebuilt. */
export const layer = Layer.scoped(
  Analytics,
  Effect.flatMap(Settings, ({ dataDir }) => make(join(dataDir, "analytics.duckdb")))
)

/** In memory, for tests: rebuilt at each start. */
export const layerMemory = Layer.scoped(Analytics, make(":memory:"))
