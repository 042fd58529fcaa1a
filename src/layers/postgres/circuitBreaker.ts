// Circuit breaker: statements time out, and after a failure none is tried until a background probe
// succeeds.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { realDelay } from "../../lib/eventLoop.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"

/** Milliseconds. */
const statementTimeout = 1000
const retryEvery = 1000

const ping = { name: "ping", text: "SELECT 1" }
const noAnswer = new StoreUnavailable({ reason: "The database did not respond in time", cause: undefined })

export const circuitBreaker = Effect.fnUntraced(function* (query: PostgresService["query"]) {
  const scope = yield* Effect.scope
  let isOpen = false

  // The caller may be uninterruptible; the losing side of the race must not be.
  const withTimeout = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.interruptible(
      Effect.raceFirst(query(statement, values), Effect.zipRight(realDelay(statementTimeout), noAnswer))
    )

  const probe = Effect.zipRight(realDelay(retryEvery), Effect.option(withTimeout(ping, [])))
  const open = Effect.suspend(() => {
    if (isOpen) return Effect.void
    isOpen = true
    return probe.pipe(
      Effect.repeat({ until: Option.isSome }),
      Effect.zipRight(
        Effect.sync(() => {
          isOpen = false
        })
      ),
      Effect.interruptible,
      Effect.forkIn(scope)
    )
  })
  return (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.suspend(() => (isOpen ? noAnswer : Effect.tapError(withTimeout(statement, values), () => open)))
})
