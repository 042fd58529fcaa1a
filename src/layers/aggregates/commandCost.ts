// What a command costs of its sender's limit: a token for each KiB that it writes, and one at least. The first is taken when it
// arrives; the rest, which is known only when it has been decided, when it is stored.
import * as Effect from "effect/Effect"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import { chargeBudget } from "../../lib/deadline.ts"

export const bytesPerToken = 1024
/** What the log has of an event beside its payload: ids, metadata, time. */
export const bytesOfEvent = 400

export const costOf = (events: ReadonlyArray<Pick<StoredEvent, "payloadText">>): number => {
  let bytes = 0
  for (const { payloadText } of events) bytes += bytesOfEvent + Buffer.byteLength(payloadText)
  return Math.max(1, Math.ceil(bytes / bytesPerToken))
}

/** Charges what was written beyond the token that was taken on arrival, and gives the command's result. */
export const chargeForEvents = <A>(events: ReadonlyArray<StoredEvent>, result: A): Effect.Effect<A> => {
  const beyond = costOf(events) - 1
  return beyond === 0 ? Effect.succeed(result) : Effect.as(chargeBudget(beyond), result)
}
