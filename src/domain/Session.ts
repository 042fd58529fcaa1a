// A browser's session. The cookie holds the id, the database only its hash, the log only the visitorId.
import * as Schema from "effect/Schema"
import { VisitorId } from "./StoredEvent.ts"

/** 256 random bits, base64url: 43 characters. A secret: it never stands in a log line or an event. */
export const SessionId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{43}$/), Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

export const Session = Schema.Struct({
  visitorId: VisitorId,
  createdAt: Schema.DateTimeUtcFromNumber,
  lastAccessed: Schema.DateTimeUtcFromNumber,
  expiresAt: Schema.DateTimeUtcFromNumber
})
export type Session = typeof Session.Type

export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {}) {
  override get message() {
    return "The session is unknown or has expired"
  }
}
