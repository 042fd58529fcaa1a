// A browser session and typed data under keys. The cookie holds the id, the database its hash, the
// log only the visitorId.
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UserId } from "./Account.ts"
import { VisitorId } from "./StoredEvent.ts"

/** 256 random bits, base64url: 43 characters. A secret: never logged or stored in an event. */
export const SessionId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{43}$/), Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

/** Public name of a session, with which its owner can end it; not its id. */
export const SessionHandle = Schema.NonEmptyString.pipe(Schema.brand("SessionHandle"))
export type SessionHandle = typeof SessionHandle.Type

/** Times are milliseconds since 1970. */
export const Session = Schema.Struct({
  handle: SessionHandle,
  visitorId: VisitorId,
  /** The user, once signed in. */
  userId: Schema.NullOr(UserId),
  /** The User-Agent at the start, shortened; for display only. */
  device: Schema.String,
  createdAt: Schema.Number,
  signedInAt: Schema.NullOr(Schema.Number),
  lastAccessed: Schema.Number,
  expiresAt: Schema.Number
})
export type Session = typeof Session.Type

export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {}) {
  readonly kind = "unauthenticated"
  override get message() {
    return "The session is unknown or has expired"
  }
}

/** Session lifetimes, in milliseconds. */
export interface Lifetimes {
  /** Since the last access. */
  readonly idle: number
  /** Since the start or the last sign-in, regardless of use (OWASP: absolute timeout). */
  readonly absolute: number
}

/** Expiry without further use, in milliseconds since 1970. */
const endOf = ({ createdAt, lastAccessed, signedInAt }: Omit<Session, "expiresAt">, { absolute, idle }: Lifetimes) =>
  Math.min(lastAccessed + idle, Math.max(createdAt, signedInAt ?? createdAt) + absolute)

/** A new session. */
export const startSession = (
  { device, handle, visitorId }: Pick<Session, "device" | "handle" | "visitorId">,
  now: number,
  lifetimes: Lifetimes
): Session => {
  const session = { handle, visitorId, userId: null, device, createdAt: now, signedInAt: null, lastAccessed: now }
  return { ...session, expiresAt: endOf(session, lifetimes) }
}

/** Extends the session after a use. */
export const touchSession = (session: Session, now: number, lifetimes: Lifetimes): Session => {
  const used = { ...session, lastAccessed: now }
  return { ...used, expiresAt: endOf(used, lifetimes) }
}

/** The user and visitor of a session after sign-in. */
export interface SignIn {
  readonly userId: UserId
  readonly visitorId: VisitorId
}

/** The session under a new id. A sign-in restarts the absolute lifetime. */
export const renewSession = (
  session: Session,
  signIn: SignIn | undefined,
  now: number,
  lifetimes: Lifetimes
): Session => {
  if (signIn === undefined) return touchSession(session, now, lifetimes)
  const { userId, visitorId } = signIn
  return touchSession({ ...session, userId, visitorId, signedInAt: now }, now, lifetimes)
}

/** The session, unless expired. Shortened lifetimes apply at once. */
export const ifUnexpired = (session: Session, now: number, lifetimes: Lifetimes): Option.Option<Session> => {
  const expiresAt = Math.min(session.expiresAt, endOf(session, lifetimes))
  return expiresAt > now ? Option.some({ ...session, expiresAt }) : Option.none()
}

/** A typed entry of a session's data: JSON of one schema. */
export interface SessionKey<A> {
  readonly name: `${string}/${string}`
  readonly decode: (json: string) => Either.Either<A, ParseError>
  readonly encode: (value: A) => string
}

const isKeyName = /^[\w.-]+\/[\w.-]+$/

/**
 * Declares a key as a constant of its feature: `sessionKey("polls/lastPoll", PollId)`. Throws on an
 * invalid name.
 */
export const sessionKey = <A, I>(name: SessionKey<A>["name"], schema: Schema.Schema<A, I>): SessionKey<A> => {
  if (!isKeyName.test(name)) throw new TypeError(`A session key must be named feature/key, not ${name}`)
  const json = Schema.parseJson(schema)
  return { name, decode: Schema.decodeUnknownEither(json), encode: Schema.encodeSync(json) }
}
