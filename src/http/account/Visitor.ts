// Who is asking, and how often they may: the session cookie's way in and out. A cookie's value is only ever looked up, never
// adopted, and whoever changes something is counted by session, or by address without one.
import { createHash } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LRUCache } from "lru-cache"
import { type Actor, newActor } from "../../domain/Account.ts"
import type { IdempotencyKeyReused, RequestKey } from "../../domain/Idempotency.ts"
import { accessed, type Session, SessionId } from "../../domain/Session.ts"
import { type LogId, StoreUnavailable, type VisitorId } from "../../domain/StoredEvent.ts"
import { Accounts } from "../../layers/accounts/Accounts.ts"
import { Ownership } from "../../layers/aggregates/Ownership.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { answersAtMost, type RateLimited, RateLimits, sessionsAtMost } from "../../layers/rateLimits/RateLimits.ts"
import { type NewSession, SessionStore } from "../../layers/sessions/SessionStore.ts"
import { sessionLifetimes } from "../../layers/sessions/sessionLifecycle.ts"
import { withBudget } from "../../lib/deadline.ts"
import { clientAddress, network } from "../server/address.ts"
import type { AccountState } from "../views/layout.tsx"

const isSessionId = Schema.is(SessionId)

/** Session ids of one request that are looked up at most: each is a read, and a header has room for hundreds. */
const maxCandidates = 4

/** The possible session ids that a Cookie header (RFC 6265) has under such names, each once. */
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
 * A generic name (OWASP, session id name fingerprinting) that is this log's alone: cookies know no ports (RFC 6265, 8.5), so an
 * application beside this one on localhost would otherwise overwrite the cookie.
 */
const cookieName = (logId: LogId) => `session-${createHash("sha256").update(logId).digest("hex").slice(0, 8)}`
/** `session` was the name before; a restored backup's sessions bear the name of the log that it was taken from. */
const formerNames = /^session(-[0-9a-f]{8})?$/

/** Aggregates that somebody has opened, remembered at most: some 8 MB. Of those forgotten the owner is still known. */
export const openedKept = 50_000

const full = new StoreUnavailable({ reason: "As much as may be stored is stored", cause: undefined })
const orFull = { onNone: () => Effect.fail(full), onSome: () => Effect.void }

/** UTF-16 units of a User-Agent that are kept. */
const deviceLength = 200
export const deviceOf = ({ headers }: IncomingMessage) => (headers["user-agent"] ?? "").slice(0, deviceLength)

export interface CurrentVisitor extends Actor {
  readonly id: SessionId
  readonly session: Session
}

export const accountOf = (visitor: CurrentVisitor | null): AccountState =>
  visitor === null || visitor.session.userId === null ? "signed out" : "signed in"

/** A request and its answer, which takes the cookie. */
export interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

export class Visitor extends Context.Tag("evenstar/Visitor")<
  Visitor,
  {
    /** Whom a request's cookie names, if a live session says so. Makes nothing; extends the expiry, and the cookie with it. */
    readonly of: (exchange: Exchange) => Effect.Effect<CurrentVisitor | null, StoreUnavailable>
    /** The same for a request that would change something: it counts against `COMMAND_RATE_LIMIT`. */
    readonly commanding: (exchange: Exchange) => Effect.Effect<CurrentVisitor | null, RateLimited | StoreUnavailable>
    /**
     * Puts a lookup by an aggregate's id behind the limit of an address's guesses, which is no limit for who owns it or has
     * opened it before: with their session or, without one, from the same network.
     */
    readonly guess: (
      exchange: Exchange,
      visitor: CurrentVisitor | null,
      id: string
    ) => <A, E, R>(lookup: Effect.Effect<A, E, R>) => Effect.Effect<A, E | RateLimited | StoreUnavailable, R>
    /**
     * Whether the answer to a request with a key may be stored, to be asked before anything is decided: fails beyond the network's
     * share of a day, and beyond all that may be stored unless the answer is there already.
     */
    readonly mayStore: (
      exchange: Exchange,
      request: RequestKey | undefined
    ) => Effect.Effect<void, IdempotencyKeyReused | RateLimited | StoreUnavailable>
    /**
     * Fails when an address begins more than `SESSION_RATE_LIMIT` sessions, or its share of a day, and when as many as may be are
     * kept: to be asked before anything is done for it.
     */
    readonly mayBegin: (exchange: Exchange) => Effect.Effect<void, RateLimited | StoreUnavailable>
    /** A new session for a visitor. */
    readonly begin: (exchange: Exchange, visitorId: VisitorId) => Effect.Effect<CurrentVisitor, StoreUnavailable>
    /** Counts against `SIGN_IN_RATE_LIMIT`. */
    readonly maySignIn: (exchange: Exchange) => Effect.Effect<void, RateLimited>
    /** Gives the browser the id of a session that was renewed. */
    readonly enter: (exchange: Exchange, session: NewSession) => Effect.Effect<void>
    /** Ends the session, and takes the cookie back. */
    readonly leave: (exchange: Exchange, id: SessionId) => Effect.Effect<void, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    Visitor,
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const accounts = yield* Accounts
      const { answerTo, logId, storedAnswers } = yield* EventStore
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

      /** The cookie goes with its session, which was used just now. */
      const give = ({ response }: Exchange, { id, session }: NewSession) => {
        const maxAge = Math.floor((session.expiresAt - session.lastAccessed) / 1000)
        response.setHeader("set-cookie", `${name}=${id}; ${attributes}; Max-Age=${maxAge}`)
      }
      const addressOf = ({ message }: Exchange) => network(clientAddress(message, trustProxy))

      const asVisitor = (id: SessionId, session: Session): Effect.Effect<CurrentVisitor, StoreUnavailable> => {
        const { userId, visitorId } = session
        if (userId === null) return Effect.succeed({ id, session, ...newActor(visitorId) })
        return Effect.map(accounts.visitorsOf(userId), (visitorIds) => ({ id, session, visitorId, visitorIds }))
      }
      const recognized = (exchange: Exchange, id: SessionId, session: Session) =>
        // A database that can't write now is no reason not to be recognized.
        Effect.flatMap(
          Effect.catchAll(sessions.touch(id, session), (error) =>
            Effect.as(Effect.logDebug("A session could not be extended", error), false)
          ),
          (isExtended) => {
            const known = asVisitor(id, session)
            if (!isExtended) return known
            return Effect.zipRight(
              Effect.map(sessions.now, (now) => {
                give(exchange, { id, session: accessed(session, now, lifetimes) })
              }),
              known
            )
          }
        )

      /** The live session under such names. Two are nobody's: a sibling host may have planted one of them (cookie tossing). */
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
        guess: (exchange, visitor, id) => {
          const address = addressOf(exchange)
          const key = `${visitor?.session.handle ?? address} ${id}`
          const isKnown = Effect.suspend(() => {
            if (opened.has(key)) return Effect.succeed(true)
            return visitor === null ? Effect.succeed(false) : ownership.owns(visitor, id)
          })
          const guess = limits.guess(address, isKnown)
          return (lookup) =>
            Effect.map(guess(lookup), (found) => {
              if (opened.get(key) === undefined) opened.set(key, true)
              return found
            })
        },
        mayStore: (exchange, request) =>
          request === undefined
            ? Effect.void
            : Effect.zipRight(
                limits.answer(addressOf(exchange)),
                Effect.flatMap(storedAnswers, (stored) =>
                  stored < answersAtMost ? Effect.void : Effect.flatMap(answerTo(request), Option.match(orFull))
                )
              ),
        mayBegin: (exchange) =>
          Effect.zipRight(
            limits.session(addressOf(exchange)),
            Effect.flatMap(sessions.kept, (kept) => (kept < sessionsAtMost ? Effect.void : full))
          ),
        begin: (exchange, visitorId) =>
          Effect.map(sessions.create(visitorId, deviceOf(exchange.message)), (made) => {
            give(exchange, made)
            return { ...made, ...newActor(visitorId) }
          }),
        maySignIn: (exchange) => limits.signIn(addressOf(exchange)),
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
