// A browser's session, and the typed data that features keep in it. The cookie holds the id, the database only its hash, the
// log only the visitorId.
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UserId } from "./Account.ts"
import { VisitorId } from "./StoredEvent.ts"

/** 256 random bits, base64url: 43 characters. A secret: it never stands in a log line or an event. */
export const SessionId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{43}$/), Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

/** Names a session to its owner, who may end it, without being its id. */
export const SessionHandle = Schema.NonEmptyString.pipe(Schema.brand("SessionHandle"))
export type SessionHandle = typeof SessionHandle.Type

/** Times are milliseconds since 1970. */
export const Session = Schema.Struct({
  handle: SessionHandle,
  visitorId: VisitorId,
  /** Whose session it is, once they have signed in. */
  userId: Schema.NullOr(UserId),
  /** The browser's User-Agent when the session began, shortened; it is shown to its owner and decides nothing. */
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

/** How long sessions live, in milliseconds. */
export interface Lifetimes {
  /** Since the last access. */
  readonly idle: number
  /** Since the beginning, or the last sign-in: however often it is used (OWASP: absolute timeout). */
  readonly absolute: number
}

/** When a session ends if it is not used again. */
const endOf = ({ createdAt, lastAccessed, signedInAt }: Omit<Session, "expiresAt">, { absolute, idle }: Lifetimes) =>
  Math.min(lastAccessed + idle, Math.max(createdAt, signedInAt ?? createdAt) + absolute)

/** A session that begins now. */
export const begun = (
  { device, handle, visitorId }: Pick<Session, "device" | "handle" | "visitorId">,
  now: number,
  lifetimes: Lifetimes
): Session => {
  const session = { handle, visitorId, userId: null, device, createdAt: now, signedInAt: null, lastAccessed: now }
  return { ...session, expiresAt: endOf(session, lifetimes) }
}

/** It is used now, and lives on from here. */
export const accessed = (session: Session, now: number, lifetimes: Lifetimes): Session => {
  const used = { ...session, lastAccessed: now }
  return { ...used, expiresAt: endOf(used, lifetimes) }
}

/** Whose session it becomes. */
export interface SignIn {
  readonly userId: UserId
  readonly visitorId: VisitorId
}

/** It gets a new id now. When someone signs in with that, the absolute lifetime begins anew. */
export const renewed = (session: Session, signIn: SignIn | undefined, now: number, lifetimes: Lifetimes): Session => {
  if (signIn === undefined) return accessed(session, now, lifetimes)
  const { userId, visitorId } = signIn
  return accessed({ ...session, userId, visitorId, signedInAt: now }, now, lifetimes)
}

/** The session, unless it has expired. Lifetimes that became shorter since it was stored are in force at once. */
export const ifAlive = (session: Session, now: number, lifetimes: Lifetimes): Option.Option<Session> => {
  const expiresAt = Math.min(session.expiresAt, endOf(session, lifetimes))
  return expiresAt > now ? Option.some({ ...session, expiresAt }) : Option.none()
}

/** A place in a session's data for what one feature keeps there: JSON of one shape. */
export interface SessionKey<A> {
  readonly name: `${string}/${string}`
  readonly decode: (json: string) => Either.Either<A, ParseError>
  readonly encode: (value: A) => string
}

const isKeyName = /^[\w.-]+\/[\w.-]+$/

/** Declares a key, as a constant of the feature whose data it is: `key("polls/lastPoll", PollId)`. Throws on any other name. */
export const key = <A, I>(name: SessionKey<A>["name"], schema: Schema.Schema<A, I>): SessionKey<A> => {
  if (!isKeyName.test(name)) throw new TypeError(`A session key is named feature/what: ${name}`)
  const json = Schema.parseJson(schema)
  return { name, decode: Schema.decodeUnknownEither(json), encode: Schema.encodeSync(json) }
}
