// Where a stream goes on from: what a client says that it has seen, judged by this log. A position that this log doesn't have is
// told in the stream itself, as `event: reset`: silence would look like a log in which nothing happens.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Sequence } from "../../domain/StoredEvent.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import type { Incoming } from "../server/FastRouter.ts"
import { encodeFrame } from "./SseFrame.ts"
import { Frame } from "./StreamFrame.ts"

/** A position of any size: one that is too large for a number is beyond every head. */
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

/** The `Last-Event-ID`; one that is no number counts as absent. */
export const lastEventId = ({ message }: Incoming): Option.Option<Sequence> =>
  decodePosition(message.headers["last-event-id"])

/** Why a cursor is worth nothing here. */
export type ResetReason = "beyond-head" | "other-log"

export const resetFrame = (reason: ResetReason, head: Sequence): Frame =>
  new Frame(encodeFrame({ id: head, event: "reset", data: JSON.stringify({ reason, head }) }))

/**
 * For feeds, which begin with the whole whatever a client has seen: the reset that one is to be told, if it has seen more than
 * there is. Asks for the head only where the position that the feed stands for doesn't answer it.
 */
export const makeResets = Effect.map(EventStore, (store) =>
  Effect.fnUntraced(function* (incoming: Incoming, standsAt: Sequence) {
    const seen = Option.getOrElse(lastEventId(incoming), () => standsAt)
    if (seen <= standsAt) return undefined
    const head = yield* store.head
    return seen > head ? resetFrame("beyond-head", head) : undefined
  })
)
