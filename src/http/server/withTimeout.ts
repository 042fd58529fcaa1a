// Health and metrics reads time out after 1 s, as StoreUnavailable.
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"

export const withTimeout = <A, R>(
  asked: Effect.Effect<A, StoreUnavailable, R>
): Effect.Effect<A, StoreUnavailable, R> =>
  Effect.timeoutFail(asked, {
    duration: "1 second",
    onTimeout: () => new StoreUnavailable({ reason: "The database did not respond in time", cause: undefined })
  })
