// The visitor alone, with its neighbours mocked: what a cookie is worth, and what is put on the answer.
import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UserId } from "../../src/domain/Account.ts"
import { type Session, SessionHandle, SessionId } from "../../src/domain/Session.ts"
import { StoreUnavailable, VisitorId } from "../../src/domain/StoredEvent.ts"
import { type Exchange, Visitor } from "../../src/http/Visitor.ts"
import { Accounts } from "../../src/layers/Accounts.ts"
import { RateLimits } from "../../src/layers/RateLimits.ts"
import { SessionStore } from "../../src/layers/SessionStore.ts"
import { settings } from "../support.ts"

const phone = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96401")
const laptop = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96402")
const id = SessionId.make("A".repeat(43))
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

const exchange = (cookie?: string): Exchange => {
  const message = new IncomingMessage(new Socket())
  if (cookie !== undefined) message.headers.cookie = cookie
  return { message, response: new ServerResponse(message) }
}
const given = ({ response }: Exchange) => response.getHeader("set-cookie")

interface Mocked {
  readonly session?: Partial<Session>
  readonly touch?: Effect.Effect<boolean, StoreUnavailable>
  readonly env?: Record<string, string>
}

/** `looked` takes the ids that were looked up, `counted` who was counted. */
const layer = (mocked: Mocked = {}, looked: Array<string> = [], counted: Array<string> = []) =>
  Visitor.layer.pipe(
    Layer.provide([
      Layer.mock(SessionStore, {
        get: (asked) => {
          looked.push(asked)
          return Effect.succeed(asked === id ? Option.some({ ...session, ...mocked.session }) : Option.none())
        },
        touch: () => mocked.touch ?? Effect.succeed(false),
        create: (visitorId, device) => Effect.succeed({ id, session: { ...session, visitorId, device } }),
        delete: () => Effect.void
      }),
      Layer.mock(Accounts, { visitorsOf: () => Effect.succeed([phone, laptop]) }),
      Layer.mock(RateLimits, {
        command: (who) => Effect.sync(() => void counted.push(who)),
        guess: () => identity
      }),
      settings(mocked.env)
    ])
  )

describe("Visitor", () => {
  it.scoped("a live session's cookie names its visitor, and nothing is put on the answer", () =>
    Effect.gen(function* () {
      const asked = exchange(`a=b; session=${id}; c`)
      expect(yield* (yield* Visitor).of(asked)).toMatchObject({ id, visitorId: phone, visitorIds: [phone] })
      expect(given(asked)).toBeUndefined()
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("who has signed in is every visitor of their user", () =>
    Effect.gen(function* () {
      const visitor = yield* (yield* Visitor).of(exchange(`session=${id}`))
      expect(visitor?.visitorIds).toEqual([phone, laptop])
    }).pipe(Effect.provide(layer({ session: { userId: UserId.make("6f9619ff-8b86-4d01-b42d-00cf4fc96409") } })))
  )

  const looked: Array<string> = []
  it.scoped("no other cookie names anybody, and only what can be an id is looked up", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const unknown = "B".repeat(43)
      const none = [
        undefined,
        "",
        "session",
        "session=",
        `sessions=${id}`,
        `session=${id}x`,
        `session=${"A".repeat(9000)}`
      ]
      const twice = [`session=${id}; session=${id}`, `session=${unknown}; session=${id}`, `session=x; session=${id}`]
      for (const cookie of [...none, ...twice, `session=${unknown}`]) {
        const asked = exchange(cookie)
        expect(yield* visitors.of(asked)).toBeNull()
        expect(given(asked)).toBeUndefined()
      }
      expect(looked).toEqual([unknown])
    }).pipe(Effect.provide(layer({}, looked)))
  )

  it.scoped("a session that is extended renews its cookie", () =>
    Effect.gen(function* () {
      const asked = exchange(`session=${id}`)
      yield* (yield* Visitor).of(asked)
      expect(given(asked)).toBe(`session=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000`)
    }).pipe(Effect.provide(layer({ touch: Effect.succeed(true) })))
  )

  it.scoped("is recognized while the database can't take the write that would extend the session", () =>
    Effect.gen(function* () {
      const asked = exchange(`session=${id}`)
      expect(yield* (yield* Visitor).of(asked)).toMatchObject({ visitorId: phone })
      expect(given(asked)).toBeUndefined()
    }).pipe(
      Effect.provide(
        layer({ touch: new StoreUnavailable({ reason: "database or disk is full (SQLITE_FULL)", cause: undefined }) })
      )
    )
  )

  it.scoped("in production the cookie is a __Host- one, and leaving takes it back", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const plain = exchange(`session=${id}`)
      expect(yield* visitors.of(plain)).toBeNull()
      const begun = exchange()
      yield* visitors.begin(begun, laptop)
      expect(given(begun)).toBe(`__Host-session=${id}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`)
      yield* visitors.leave(begun, id)
      expect(given(begun)).toBe("__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0")
    }).pipe(Effect.provide(layer({ env: { NODE_ENV: "production", SESSION_TTL: "60 seconds" } })))
  )

  const counted: Array<string> = []
  it.scoped("a command counts for its session, and without one for its address", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      yield* visitors.commanding(exchange(`session=${id}`))
      yield* visitors.commanding(exchange())
      expect(counted).toEqual(["session handle", "address "])
    }).pipe(Effect.provide(layer({}, [], counted)))
  )
})
