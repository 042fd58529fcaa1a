// For what may not wait for the database: a statement has so long, and after one that failed none is tried until the database answers
// again, which is asked in the background.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { turnAfter } from "../../lib/eventLoop.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"

/** Milliseconds. */
const patience = 1000
const retryEvery = 1000

const ping = { name: "ping", text: "SELECT 1" }
const noAnswer = new StoreUnavailable({ reason: "The database gave no answer in time", cause: undefined })

export const circuitBreaker = Effect.fnUntraced(function* (query: PostgresService["query"]) {
  const scope = yield* Effect.scope
  let isAway = false

  // Who asks may be uninterruptible; who loses this race must not be.
  const inTime = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.interruptible(Effect.raceFirst(query(statement, values), Effect.zipRight(turnAfter(patience), noAnswer)))

  const isBack = Effect.zipRight(turnAfter(retryEvery), Effect.option(inTime(ping, [])))
  const away = Effect.suspend(() => {
    if (isAway) return Effect.void
    isAway = true
    return isBack.pipe(
      Effect.repeat({ until: Option.isSome }),
      Effect.zipRight(
        Effect.sync(() => {
          isAway = false
        })
      ),
      Effect.interruptible,
      Effect.forkIn(scope)
    )
  })
  return (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.suspend(() => (isAway ? noAnswer : Effect.tapError(inTime(statement, values), () => away)))
})
