// The only known visitor: the cookie `owner` is its session; all other cookies are anonymous.
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { type Session, SessionHandle, SessionId } from "../../../src/domain/Session.ts"
import { LogId, Sequence, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Visitor } from "../../../src/http/account/Visitor.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"

export const owner = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")

export const session: Session = {
  handle: SessionHandle.make("owner"),
  visitorId: owner,
  userId: null,
  device: "",
  createdAt: 0,
  signedInAt: null,
  lastAccessed: 0,
  expiresAt: 1
}

/** Never rate-limited. */
export const visitors = Layer.mock(Visitor, {
  of: ({ message }) =>
    Effect.succeed(
      message.headers.cookie === "owner"
        ? { id: SessionId.make("A".repeat(43)), session, ...anonymousActor(owner) }
        : null
    ),
  limitGuesses: () => identity
})

/** A log with this many events that nothing reads. */
export const logWithHead = (head: number) =>
  Layer.mock(EventStore, { head: Effect.succeed(Sequence.make(head)), logId: LogId.make("log"), isShared: false })
