// Rate-limit cost of a command: one token per KiB written, at least one. The first is taken on
// arrival, the rest after the append.
import * as Effect from "effect/Effect"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import { chargeBudget } from "../../lib/deadline.ts"

export const bytesPerToken = 1024
/** Bytes of an event besides its payload: ids, metadata, time. */
export const bytesOfEvent = 400

export const costOf = (events: ReadonlyArray<Pick<StoredEvent, "payloadText">>): number => {
  let bytes = 0
  for (const { payloadText } of events) bytes += bytesOfEvent + Buffer.byteLength(payloadText)
  return Math.max(1, Math.ceil(bytes / bytesPerToken))
}

/** Charges tokens beyond the first, and returns the result. */
export const chargeForEvents = <A>(events: ReadonlyArray<StoredEvent>, result: A): Effect.Effect<A> => {
  const beyond = costOf(events) - 1
  return beyond === 0 ? Effect.succeed(result) : Effect.as(chargeBudget(beyond), result)
}
