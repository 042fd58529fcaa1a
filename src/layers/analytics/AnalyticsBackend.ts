// Analytics in DuckDB: one instance, fed by the log, and the queue of those who ask it.
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AnalyticsUnavailable, QueryTimedOut } from "../../domain/AnalyticsQuery.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Settings } from "../node/Settings.ts"
import { RateLimited } from "../rateLimits/RateLimits.ts"
import { Analytics, type AnalyticsService, concurrency, mostWaiting, mostWaitingOfNetwork } from "./Analytics.ts"
import { compute } from "./compute.ts"
import { FairSeats, type Networks } from "./FairSeats.ts"
import { differences } from "./rowDifferences.ts"
import { superviseDuckDb } from "./superviseDuckDb.ts"

/** Seconds. */
const retryAfter = 5

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

const make = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const { analyticsQueryTimeout } = yield* Settings
    const { listen, rebuild, status, withDuck } = yield* superviseDuckDb(file)
    const seats = new FairSeats(concurrency)
    return {
      compute: (question, networks = ownNetwork) => {
        const work = withDuck((duck) =>
          Effect.map(compute(duck, question), (computed) => ({ ...computed, epoch: status().epoch }))
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

/** In `DATA_DIR/analytics.duckdb`. It may be deleted while nothing runs: it is made anew from the log. */
export const layer = Layer.scoped(
  Analytics,
  Effect.flatMap(Settings, ({ dataDir }) => make(join(dataDir, "analytics.duckdb")))
)

/** In memory, for tests: made from the log at each start. */
export const layerMemory = Layer.scoped(Analytics, make(":memory:"))
