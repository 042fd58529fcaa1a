// Visitor with mocked neighbours: which cookies identify a visitor, and the headers that it sets.
import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UserId } from "../../../src/domain/Account.ts"
import { IdempotencyKey } from "../../../src/domain/Idempotency.ts"
import { type Session, SessionHandle, SessionId } from "../../../src/domain/Session.ts"
import { LogId, noEvents, noVersion, StoreUnavailable, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { type Exchange, Visitor } from "../../../src/http/account/Visitor.ts"
import { Accounts } from "../../../src/layers/accounts/Accounts.ts"
import { Ownership } from "../../../src/layers/aggregates/Ownership.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { maxCommandResults, maxSessions, RateLimited, RateLimits } from "../../../src/layers/rateLimits/RateLimits.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { settings } from "../../support.ts"

const phone = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96401")
const laptop = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96402")
const id = SessionId.make("A".repeat(43))
/** `session-` and the first 8 hex digits of the SHA-256 of "log". */
const name = "session-836ff184"
const session: Session = {
  handle: SessionHandle.make("handle"),
  visitorId: phone,
  userId: null,
  device: "",
  createdAt: 0,
  signedInAt: null,
  lastAccessed: 0,
  expiresAt: 60_000
}

const requestWith = (key: string) => ({ scope: "none", key: IdempotencyKey.make(key), fingerprint: "" })
const stored = requestWith("stored-already")

const exchange = (cookie?: string): Exchange => {
  const message = new IncomingMessage(new Socket())
  if (cookie !== undefined) message.headers.cookie = cookie
  return { message, response: new ServerResponse(message) }
}
const given = ({ response }: Exchange) => response.getHeader("set-cookie")

interface Mocked {
  readonly session?: Partial<Session>
  /** A second id that the store knows. */
  readonly alsoLive?: string
  readonly touch?: Effect.Effect<boolean, StoreUnavailable>
  readonly env?: Record<string, string>
  /** Number of stored responses. */
  readonly stored?: number
  readonly answer?: Effect.Effect<void, RateLimited>
  /** Number of stored sessions. */
  readonly kept?: number
}

/** `looked` collects the ids looked up, `counted` the keys of the rate limit. */
const layer = (mocked: Mocked = {}, looked: Array<string> = [], counted: Array<string> = []) =>
  Visitor.layer.pipe(
    Layer.provide([
      Layer.mock(SessionStore, {
        get: (asked) => {
          looked.push(asked)
          return Effect.succeed(
            asked === id || asked === mocked.alsoLive ? Option.some({ ...session, ...mocked.session }) : Option.none()
          )
        },
        now: Effect.succeed(0),
        kept: Effect.succeed(mocked.kept ?? 0),
        touch: () => mocked.touch ?? Effect.succeed(false),
        create: (visitorId, device) => Effect.succeed({ id, session: { ...session, visitorId, device } }),
        delete: () => Effect.void
      }),
      Layer.mock(EventStore, {
        logId: LogId.make("log"),
        isShared: false,
        storedCommandResults: Effect.succeed(mocked.stored ?? 0),
        commandResult: ({ key }) =>
          Effect.succeed(
            key === stored.key ? Option.some({ sequence: noEvents, version: noVersion, detail: {} }) : Option.none()
          )
      }),
      Layer.mock(Accounts, { visitorsOf: () => Effect.succeed([phone, laptop]) }),
      Layer.mock(RateLimits, {
        command: (who) => Effect.sync(() => void counted.push(who)),
        limitGuesses: () => identity,
        session: () => Effect.void,
        answer: () => mocked.answer ?? Effect.void
      }),
      Layer.mock(Ownership, { owns: (_, id) => Effect.succeed(id === "owned") }),
      settings(mocked.env)
    ])
  )

describe("Visitor", () => {
  it.scoped("identifies a visitor by a live session's cookie and sets no header", () =>
    Effect.gen(function* () {
      const asked = exchange(`a=b; ${name}=${id}; c`)
      expect(yield* (yield* Visitor).of(asked)).toMatchObject({ id, visitorId: phone, visitorIds: [phone] })
      expect(given(asked)).toBeUndefined()
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("identifies a signed-in visitor as every visitor of the user", () =>
    Effect.gen(function* () {
      const visitor = yield* (yield* Visitor).of(exchange(`${name}=${id}`))
      expect(visitor?.visitorIds).toEqual([phone, laptop])
    }).pipe(Effect.provide(layer({ session: { userId: UserId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96409") } })))
  )

  const looked: Array<string> = []
  it.scoped("ignores other cookies and looks up only well-formed ids", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const unknown = "B".repeat(43)
      const none = [
        undefined,
        "",
        "session",
        `${name}=`,
        `sessions=${id}`,
        `${name}=${id}x`,
        `${name}=${"A".repeat(9000)}`
      ]
      for (const cookie of [...none, `${name}=${unknown}`]) {
        const asked = exchange(cookie)
        expect(yield* visitors.of(asked)).toBeNull()
        expect(given(asked)).toBeUndefined()
      }
      expect(looked).toEqual([unknown])
    }).pipe(Effect.provide(layer({}, looked)))
  )

  const candidates: Array<string> = []
  it.scoped("finds the session among cookies of the same name from a neighbouring site", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const unknown = "B".repeat(43)
      for (const cookie of [
        `session=theirs; ${name}=${id}`,
        `${name}=x; ${name}=${id}`,
        `${name}=${unknown}; ${name}=${id}`,
        `${name}=${id}; ${name}=${unknown}`,
        `${name}=${id}; ${name}=${id}`,
        `session=${unknown}; session=${id}`
      ]) {
        expect(yield* visitors.of(exchange(cookie))).toMatchObject({ id, visitorId: phone })
      }
      const many = Array.from({ length: 100 }, (_, n) => `${name}=${String(n).padStart(43, "C")}`)
      candidates.length = 0
      expect(yield* visitors.of(exchange(many.join("; ")))).toBeNull()
      expect(candidates.length).toBeLessThan(10)
    }).pipe(Effect.provide(layer({}, candidates)))
  )

  it.scoped("identifies nobody by two live sessions in one request, since one may be planted", () =>
    Effect.gen(function* () {
      const cookie = `${name}=${id}; ${name}=${"D".repeat(43)}`
      expect(yield* (yield* Visitor).of(exchange(cookie))).toBeNull()
    }).pipe(Effect.provide(layer({ alsoLive: "D".repeat(43) })))
  )

  it.scoped("accepts a session under the former cookie name and renames it at its next extension", () =>
    Effect.gen(function* () {
      const asked = exchange(`session=${id}`)
      expect(yield* (yield* Visitor).of(asked)).toMatchObject({ id })
      expect(given(asked)).toContain(`${name}=${id};`)
    }).pipe(Effect.provide(layer({ touch: Effect.succeed(true) })))
  )

  it.scoped("renews the cookie when the session is extended", () =>
    Effect.gen(function* () {
      const asked = exchange(`${name}=${id}`)
      yield* (yield* Visitor).of(asked)
      expect(given(asked)).toBe(`${name}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000`)
    }).pipe(Effect.provide(layer({ touch: Effect.succeed(true) })))
  )

  it.scoped("identifies the visitor while the database cannot extend the session", () =>
    Effect.gen(function* () {
      const asked = exchange(`${name}=${id}`)
      expect(yield* (yield* Visitor).of(asked)).toMatchObject({ visitorId: phone })
      expect(given(asked)).toBeUndefined()
    }).pipe(
      Effect.provide(
        layer({ touch: new StoreUnavailable({ reason: "database or disk is full (SQLITE_FULL)", cause: undefined }) })
      )
    )
  )

  it.scoped("uses a __Host- cookie in production, and expires it at sign-out", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const plain = exchange(`${name}=${id}`)
      expect(yield* visitors.of(plain)).toBeNull()
      const begun = exchange()
      yield* visitors.begin(begun, laptop)
      expect(given(begun)).toBe(`__Host-${name}=${id}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`)
      yield* visitors.leave(begun, id)
      expect(given(begun)).toBe(`__Host-${name}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0`)
    }).pipe(Effect.provide(layer({ env: { NODE_ENV: "production", SESSION_TTL: "60 seconds" } })))
  )

  const counted: Array<string> = []
  it.scoped("counts a command by session, or by address without one", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      yield* visitors.commanding(exchange(`${name}=${id}`))
      yield* visitors.commanding(exchange())
      expect(counted).toEqual(["session handle", "address "])
    }).pipe(Effect.provide(layer({}, [], counted)))
  )

  it.scoped("limits stored responses: existing ones and requests without a key still succeed", () =>
    Effect.gen(function* () {
      const { admitResult: mayStore } = yield* Visitor
      expect(yield* Effect.flip(mayStore(exchange(), requestWith("new-for-us")))).toBeInstanceOf(StoreUnavailable)
      yield* mayStore(exchange(), stored)
      yield* mayStore(exchange(), undefined)
    }).pipe(Effect.provide(layer({ stored: maxCommandResults })))
  )

  it.scoped.each([
    [maxSessions - 1, true],
    [maxSessions, false]
  ] as const)("with %i sessions stored, creating one more succeeds: %s", ([kept, may]) =>
    Effect.gen(function* () {
      const result = yield* Effect.either((yield* Visitor).admitSession(exchange()))
      expect(Either.isRight(result)).toBe(may)
      if (Either.isLeft(result)) expect(result.left).toBeInstanceOf(StoreUnavailable)
    }).pipe(Effect.provide(layer({ kept })))
  )

  it.scoped("creates sessions below the limit", () =>
    Effect.flatMap(Visitor, ({ admitResult: mayStore }) => mayStore(exchange(), requestWith("new-for-us"))).pipe(
      Effect.provide(layer({ stored: maxCommandResults - 1 }))
    )
  )

  it.scoped("stores no more responses for a network beyond its share per day", () =>
    Effect.gen(function* () {
      const { admitResult: mayStore } = yield* Visitor
      expect(yield* Effect.flip(mayStore(exchange(), requestWith("new-for-us")))).toBeInstanceOf(RateLimited)
      yield* mayStore(exchange(), undefined)
    }).pipe(Effect.provide(layer({ answer: new RateLimited({ retryAfter: 1 }) })))
  )
})
