// For those who watch: a database that gives no answer within a second is away, and they hear that instead of waiting for it.
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"

export const withTimeout = <A, R>(
  asked: Effect.Effect<A, StoreUnavailable, R>
): Effect.Effect<A, StoreUnavailable, R> =>
  Effect.timeoutFail(asked, {
    duration: "1 second",
    onTimeout: () => new StoreUnavailable({ reason: "The database gives no answer", cause: undefined })
  })
