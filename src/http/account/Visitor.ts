// The visitor of a request, from its session cookie, and the limits on requests. A cookie's value
// is only looked up, never adopted (session fixation). Commands count by session, or by address.
import { createHash } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LRUCache } from "lru-cache"
import { type Actor, anonymousActor } from "../../domain/Account.ts"
import type { IdempotencyKeyReused, RequestKey } from "../../domain/Idempotency.ts"
import { type Session, SessionId, touchSession } from "../../domain/Session.ts"
import { type LogId, StoreUnavailable, type VisitorId } from "../../domain/StoredEvent.ts"
import { Accounts } from "../../layers/accounts/Accounts.ts"
import { Ownership } from "../../layers/aggregates/Ownership.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { maxCommandResults, maxSessions, type RateLimited, RateLimits } from "../../layers/rateLimits/RateLimits.ts"
import { type NewSession, SessionStore } from "../../layers/sessions/SessionStore.ts"
import { sessionLifetimes } from "../../layers/sessions/sessionLifecycle.ts"
import { withBudget } from "../../lib/deadline.ts"
import { clientAddress, network } from "../server/address.ts"
import type { AccountState } from "../views/layout.tsx"

const isSessionId = Schema.is(SessionId)

/** Session ids looked up for a request: each is a read, and a header has room for hundreds. */
const maxCandidates = 4

/** The distinct session ids in a Cookie header (RFC 6265) under matching names. */
const candidates = (header: string, isName: (name: string) => boolean): ReadonlyArray<SessionId> => {
  const found = new Set<SessionId>()
  for (const pair of header.split(";")) {
    const [name = "", value = ""] = pair.split("=", 2)
    const id = value.trim()
    if (isName(name.trim()) && isSessionId(id) && found.size < maxCandidates) found.add(id)
  }
  return [...found]
}

/**
 * A generic name (OWASP, session id name fingerprinting) with a part derived from the log: cookies
 * don't know ports (RFC 6265, 8.5), so two applications on localhost would overwrite each other's.
 */
const cookieName = (logId: LogId) => `session-${createHash("sha256").update(logId).digest("hex").slice(0, 8)}`
/** Earlier versions used `session`; a restored backup's cookies have the name of the old log. */
const formerNames = /^session(-[0-9a-f]{8})?$/

/** Entries in the LRU cache of opened aggregates (about 8 MB). Owners are looked up otherwise. */
export const openedKept = 50_000

const full = new StoreUnavailable({
  reason: "The maximum of stored sessions or command results is reached",
  cause: undefined
})
const orFull = { onNone: () => Effect.fail(full), onSome: () => Effect.void }

/** UTF-16 units of a User-Agent that are stored. */
const deviceLength = 200
export const deviceOf = ({ headers }: IncomingMessage) => (headers["user-agent"] ?? "").slice(0, deviceLength)

export interface CurrentVisitor extends Actor {
  readonly id: SessionId
  readonly session: Session
}

export const accountOf = (visitor: CurrentVisitor | null): AccountState =>
  visitor === null || visitor.session.userId === null ? "signed out" : "signed in"

/** A request and its response, which receives the cookie. */
export interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

export class Visitor extends Context.Tag("evenstar/Visitor")<
  Visitor,
  {
    /**
     * The visitor of a live session, or null. Creates nothing; extends the session and its cookie.
     */
    readonly of: (exchange: Exchange) => Effect.Effect<CurrentVisitor | null, StoreUnavailable>
    /** Like `of`, for a request that changes state: counts against `COMMAND_RATE_LIMIT`. */
    readonly commanding: (exchange: Exchange) => Effect.Effect<CurrentVisitor | null, RateLimited | StoreUnavailable>
    /**
     * Counts lookups of unknown aggregate ids against the address's limit on guesses. Not counted:
     * ids that the visitor owns or has opened before, in their session or from the same network.
     */
    readonly limitGuesses: (
      exchange: Exchange,
      visitor: CurrentVisitor | null,
      id: string
    ) => <A, E, R>(lookup: Effect.Effect<A, E, R>) => Effect.Effect<A, E | RateLimited | StoreUnavailable, R>
    /**
     * Admits storing the result of a request with an idempotency key; call before deciding. Fails
     * beyond the network's daily share, and beyond the total unless the result is stored already.
     */
    readonly admitResult: (
      exchange: Exchange,
      request: RequestKey | undefined
    ) => Effect.Effect<void, IdempotencyKeyReused | RateLimited | StoreUnavailable>
    /**
     * Admits a new session; call before any work for it. Fails beyond `SESSION_RATE_LIMIT` for the
     * address, its daily share, or the maximum number of stored sessions.
     */
    readonly admitSession: (exchange: Exchange) => Effect.Effect<void, RateLimited | StoreUnavailable>
    /** Creates a session for a visitor and sets the cookie. */
    readonly begin: (exchange: Exchange, visitorId: VisitorId) => Effect.Effect<CurrentVisitor, StoreUnavailable>
    /** Counts against `SIGN_IN_RATE_LIMIT`. */
    readonly admitSignIn: (exchange: Exchange) => Effect.Effect<void, RateLimited>
    /** Sets the cookie of a renewed session. */
    readonly enter: (exchange: Exchange, session: NewSession) => Effect.Effect<void>
    /** Deletes the session and its cookie. */
    readonly leave: (exchange: Exchange, id: SessionId) => Effect.Effect<void, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    Visitor,
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const accounts = yield* Accounts
      const { commandResult, logId, storedCommandResults } = yield* EventStore
      const ownership = yield* Ownership
      const limits = yield* RateLimits
      const { environment, trustProxy } = yield* Settings
      const lifetimes = yield* sessionLifetimes
      const opened = new LRUCache<string, true>({ max: openedKept })
      const secure = environment === "production"
      const prefix = secure ? "__Host-" : ""
      const name = `${prefix}${cookieName(logId)}`
      const isFormer = (it: string) => it !== name && it.startsWith(prefix) && formerNames.test(it.slice(prefix.length))
      const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`

      /** Sets a cookie that expires with its session, which has just been accessed. */
      const give = ({ response }: Exchange, { id, session }: NewSession) => {
        const maxAge = Math.floor((session.expiresAt - session.lastAccessed) / 1000)
        response.setHeader("set-cookie", `${name}=${id}; ${attributes}; Max-Age=${maxAge}`)
      }
      const addressOf = ({ message }: Exchange) => network(clientAddress(message, trustProxy))

      const asVisitor = (id: SessionId, session: Session): Effect.Effect<CurrentVisitor, StoreUnavailable> => {
        const { userId, visitorId } = session
        if (userId === null) return Effect.succeed({ id, session, ...anonymousActor(visitorId) })
        return Effect.map(accounts.visitorsOf(userId), (visitorIds) => ({ id, session, visitorId, visitorIds }))
      }
      const recognized = (exchange: Exchange, id: SessionId, session: Session) =>
        // A visitor is recognized even when the database can't extend the session.
        Effect.flatMap(
          Effect.catchAll(sessions.touch(id, session), (error) =>
            Effect.as(Effect.logDebug("A session could not be extended", error), false)
          ),
          (isExtended) => {
            const known = asVisitor(id, session)
            if (!isExtended) return known
            return Effect.zipRight(
              Effect.map(sessions.now, (now) => {
                give(exchange, { id, session: touchSession(session, now, lifetimes) })
              }),
              known
            )
          }
        )

      /**
       * The live session under matching names. Two are ambiguous: one may be planted (cookie
       * tossing).
       */
      const live = (
        header: string,
        isName: (name: string) => boolean
      ): Effect.Effect<NewSession | null, StoreUnavailable> => {
        const ids = candidates(header, isName)
        if (ids.length === 0) return Effect.succeed(null)
        return Effect.map(
          Effect.forEach(ids, (id) =>
            Effect.map(
              sessions.get(id),
              Option.map((session) => ({ id, session }))
            )
          ),
          (found) => {
            const [first, ...others] = found.flatMap(Option.toArray)
            return first === undefined || others.length > 0 ? null : first
          }
        )
      }

      const of = (exchange: Exchange): Effect.Effect<CurrentVisitor | null, StoreUnavailable> => {
        const { cookie } = exchange.message.headers
        if (cookie === undefined) return Effect.succeed(null)
        return Effect.flatMap(
          Effect.flatMap(
            live(cookie, (it) => it === name),
            (found) => (found === null ? live(cookie, isFormer) : Effect.succeed(found))
          ),
          (found) => (found === null ? Effect.succeed(null) : recognized(exchange, found.id, found.session))
        )
      }

      return {
        of,
        commanding: (exchange) =>
          Effect.flatMap(of(exchange), (visitor) => {
            const address = addressOf(exchange)
            const who = visitor === null ? `address ${address}` : `session ${visitor.session.handle}`
            const payer = { who, network: address, charge: limits.charge }
            return Effect.zipRight(limits.command(who, address), withBudget(payer, visitor))
          }),
        limitGuesses: (exchange, visitor, id) => {
          const address = addressOf(exchange)
          const key = `${visitor?.session.handle ?? address} ${id}`
          const isKnown = Effect.suspend(() => {
            if (opened.has(key)) return Effect.succeed(true)
            return visitor === null ? Effect.succeed(false) : ownership.owns(visitor, id)
          })
          const guess = limits.limitGuesses(address, isKnown)
          return (lookup) =>
            Effect.map(guess(lookup), (found) => {
              if (opened.get(key) === undefined) opened.set(key, true)
              return found
            })
        },
        admitResult: (exchange, request) =>
          request === undefined
            ? Effect.void
            : Effect.zipRight(
                limits.answer(addressOf(exchange)),
                Effect.flatMap(storedCommandResults, (stored) =>
                  stored < maxCommandResults
                    ? Effect.void
                    : Effect.flatMap(commandResult(request), Option.match(orFull))
                )
              ),
        admitSession: (exchange) =>
          Effect.zipRight(
            limits.session(addressOf(exchange)),
            Effect.flatMap(sessions.kept, (kept) => (kept < maxSessions ? Effect.void : full))
          ),
        begin: (exchange, visitorId) =>
          Effect.map(sessions.create(visitorId, deviceOf(exchange.message)), (made) => {
            give(exchange, made)
            return { ...made, ...anonymousActor(visitorId) }
          }),
        admitSignIn: (exchange) => limits.signIn(addressOf(exchange)),
        enter: (exchange, session) => Effect.sync(() => give(exchange, session)),
        leave: (exchange, id) =>
          Effect.map(
            sessions.delete(id),
            () => void exchange.response.setHeader("set-cookie", `${name}=; ${attributes}; Max-Age=0`)
          )
      }
    })
  )
}
