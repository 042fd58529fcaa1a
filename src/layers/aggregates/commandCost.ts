// What a command costs of its sender's limit: a token for each KiB that it writes, and one at least. The first is taken when it
// arrives; the rest, which is known only when it has been decided, when it is stored.
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type { StoredEvent } from "../../domain/StoredEvent.ts"

export const bytesPerToken = 1024
/** What the log has of an event beside its payload: ids, metadata, time. */
export const bytesOfEvent = 400

export const costOf = (events: ReadonlyArray<Pick<StoredEvent, "payloadText">>): number => {
  const bytes = events.reduce((sum, { payloadText }) => sum + bytesOfEvent + Buffer.byteLength(payloadText), 0)
  return Math.max(1, Math.ceil(bytes / bytesPerToken))
}

/** Takes tokens of whom the current request is counted for. */
const payer = FiberRef.unsafeMake<(tokens: number) => Effect.Effect<void>>(() => Effect.void)

/** From here on the current request's commands are charged by this. */
export const paidBy = (charge: (tokens: number) => Effect.Effect<void>) => FiberRef.set(payer, charge)

/** Charges what was written beyond the token that was taken on arrival. */
export const charge = (events: ReadonlyArray<StoredEvent>): Effect.Effect<void> => {
  const beyond = costOf(events) - 1
  return beyond === 0 ? Effect.void : Effect.flatMap(FiberRef.get(payer), (pay) => pay(beyond))
}
