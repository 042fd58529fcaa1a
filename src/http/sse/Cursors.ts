// The position at which a stream resumes. A cursor that this log doesn't have is answered with
// `event: reset`; otherwise the client would see a log without events.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Sequence } from "../../domain/StoredEvent.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import type { Incoming } from "../server/FastRouter.ts"
import { encodeFrame } from "./SseFrame.ts"
import { Frame } from "./StreamFrame.ts"

/** Digits of any length; too large a number becomes the maximum, which is beyond every head. */
export const Position = Schema.transform(
  Schema.String.pipe(Schema.pattern(/^\d+$/, { message: () => "Expected a whole number, 0 or greater" })),
  Sequence,
  {
    strict: true,
    decode: (digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER),
    encode: String
  }
)
const decodePosition = Schema.decodeUnknownOption(Position)

/** The `Last-Event-ID` header; absent if not a number. */
export const lastEventId = ({ message }: Incoming): Option.Option<Sequence> =>
  decodePosition(message.headers["last-event-id"])

/** The reason why a cursor is invalid. */
export type ResetReason = "beyond-head" | "other-log"

export const resetFrame = (reason: ResetReason, head: Sequence): Frame =>
  new Frame(encodeFrame({ id: head, event: "reset", data: JSON.stringify({ reason, head }) }))

/**
 * The reset frame for a feed whose client has seen a position beyond the head; undefined otherwise.
 * Reads the head only if the cursor is beyond the feed's own position.
 */
export const makeResets = Effect.map(EventStore, (store) =>
  Effect.fnUntraced(function* (incoming: Incoming, standsAt: Sequence) {
    const seen = Option.getOrElse(lastEventId(incoming), () => standsAt)
    if (seen <= standsAt) return undefined
    const head = yield* store.head
    return seen > head ? resetFrame("beyond-head", head) : undefined
  })
)
