// The database's clock, which all nodes share, without a round trip each time: how far it is ahead of this process's monotonic
// clock is asked every few seconds. Nodes whose own clocks differ, or are set, agree by it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { realDelay } from "../../lib/eventLoop.ts"
import { monotonicMillis, unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import type { PostgresService } from "./Postgres.ts"

/** Milliseconds. */
const measureEvery = 5000
/** An answer that took longer, in a queue or on the way, says too little about the time. */
const maxRoundTrip = 500
/** A difference that no lifetime is shorter than: within it a node goes by its own clock. */
const tolerance = 1000

const statement = { name: "clock", text: "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8" }
const decode = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))

/** The system's, not a test's: what is compared is two real clocks. */
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
    Effect.catchAll((error) => Effect.logDebug("The database's clock can't be asked", error)),
    Effect.forever,
    Effect.forkScoped
  )
  return Effect.map(monotonicMillis, (now) => now + offset)
})
