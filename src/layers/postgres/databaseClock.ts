// The database's clock without a round trip: its offset from the monotonic clock is measured every
// few seconds. Nodes with different clocks agree on it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { realDelay } from "../../lib/eventLoop.ts"
import { monotonicMillis, unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import type { PostgresService } from "./Postgres.ts"

/** Milliseconds. */
const measureEvery = 5000
/** Longer round trips are too imprecise. */
const maxRoundTrip = 500
/** Smaller offsets are ignored. */
const tolerance = 1000

const statement = { name: "clock", text: "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8" }
const decode = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))

/** The real clock even in tests: two real clocks are compared. */
const system = Clock.make()

export const databaseClock = Effect.fnUntraced(function* (query: PostgresService["query"]) {
  let offset = 0
  const measure = (longest: number): Effect.Effect<void, StoreUnavailable> =>
    Effect.suspend(() => {
      const asked = unsafeMonotonicMillis(system)
      return Effect.map(query(statement, []), (rows) => {
        const answered = unsafeMonotonicMillis(system)
        if (answered - asked > longest) return
        const difference = Math.round(decode(rows)[0][0] - (asked + answered) / 2)
        offset = Math.abs(difference) < tolerance ? 0 : difference
      })
    })
  yield* measure(Number.POSITIVE_INFINITY)
  yield* Effect.zipRight(realDelay(measureEvery), measure(maxRoundTrip)).pipe(
    Effect.catchAll((error) => Effect.logDebug("The database's clock could not be read", error)),
    Effect.forever,
    Effect.forkScoped
  )
  return Effect.map(monotonicMillis, (now) => now + offset)
})
