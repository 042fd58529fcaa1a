import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { UserId } from "../../../src/domain/Account.ts"
import { SessionHandle, SessionNotFound } from "../../../src/domain/Session.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { alice, bob, color, days, device, type LayerOf, other, unknown, visitor } from "./sessionFixtures.ts"

export const sessionIds = (layer: LayerOf) => {
  it.scoped("get finds what create made, and nothing else", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      yield* TestClock.setTime(1000)
      const { id, session } = yield* store.create(visitor, device)
      const another = yield* store.create(visitor, device)
      expect(Buffer.from(id, "base64url")).toHaveLength(32)
      expect(session).toEqual({
        handle: session.handle,
        visitorId: visitor,
        userId: null,
        device,
        createdAt: 1000,
        signedInAt: null,
        lastAccessed: 1000,
        expiresAt: 1000 + days(30)
      })
      expect(another.id).not.toBe(id)
      expect(another.session.handle).not.toBe(session.handle)
      expect(yield* store.get(id)).toEqual(Option.some(session))
      expect(yield* store.get(unknown)).toEqual(Option.none())
      yield* store.delete(id)
      yield* store.delete(id)
      expect(yield* store.get(id)).toEqual(Option.none())
      expect(yield* store.get(another.id)).toEqual(Option.some(another.session))
      expect(yield* store.created).toBe(2)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("renews the id, invalidates the old one and keeps handle and data", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id, session } = yield* store.create(visitor, device)
      yield* store.update(id, color, () => Option.some("red"))
      yield* TestClock.adjust("1 hour")
      const renewed = yield* store.renew(id)
      const now = yield* Clock.currentTimeMillis
      expect(renewed.id).not.toBe(id)
      expect(renewed.session).toEqual({ ...session, lastAccessed: now, expiresAt: now + days(30) })
      expect(yield* store.get(id)).toEqual(Option.none())
      expect(yield* store.get(renewed.id)).toEqual(Option.some(renewed.session))
      expect(yield* store.read(id, color)).toEqual(Option.none())
      expect(yield* store.read(renewed.id, color)).toEqual(Option.some("red"))
      const signedIn = yield* store.renew(renewed.id, { userId: alice, visitorId: other })
      expect(signedIn.session).toEqual({ ...renewed.session, userId: alice, visitorId: other, signedInAt: now })
      expect(yield* store.get(renewed.id)).toEqual(Option.none())
      expect(yield* store.get(signedIn.id)).toEqual(Option.some(signedIn.session))
      expect(yield* Effect.flip(store.renew(unknown))).toBeInstanceOf(SessionNotFound)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("does not restore the old id by a concurrent touch", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.adjust("1 hour")
      yield* store.touch(id, session)
      yield* TestClock.adjust("500 millis")
      const renewed = yield* store.renew(id, { userId: alice, visitorId: other })
      expect(yield* store.get(renewed.id)).toEqual(Option.some(renewed.session))
      yield* TestClock.adjust("1 minute")
      expect(yield* store.get(id)).toEqual(Option.none())
      expect(yield* store.get(renewed.id)).toEqual(Option.some(renewed.session))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("renews an id once for concurrent callers", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      const [failures] = yield* Effect.partition(Array.from({ length: 10 }), () => store.renew(id), {
        concurrency: "unbounded"
      })
      expect(failures.map(({ _tag }) => _tag)).toEqual(Array.from({ length: 9 }, () => "SessionNotFound"))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("lets users list and end their own sessions and no others", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const ended: Array<SessionHandle> = []
      yield* store.onEnd((handle) => ended.push(handle))
      const signIn = (userId: UserId) =>
        Effect.flatMap(store.create(visitor, device), ({ id }) => store.renew(id, { userId, visitorId: visitor }))
      const first = yield* signIn(alice)
      yield* TestClock.adjust("1 minute")
      const second = yield* signIn(alice)
      const bobs = yield* signIn(bob)
      const nobodys = yield* store.create(visitor, device)
      const handles = (userId: UserId) =>
        Effect.map(store.listForUser(userId), (all) => all.map(({ handle }) => handle))

      expect(yield* store.listForUser(alice)).toEqual([second.session, first.session])
      yield* TestClock.adjust("1 minute")
      yield* store.touch(first.id, first.session)
      expect(yield* handles(alice)).toEqual([first.session.handle, second.session.handle])

      // All have been read: cached entries must be removed, too.
      for (const { id } of [first, second, bobs]) expect(Option.isSome(yield* store.get(id))).toBe(true)
      expect(yield* store.deleteForUser(alice, bobs.session.handle)).toBe(false)
      expect(yield* store.deleteForUser(alice, nobodys.session.handle)).toBe(false)
      expect(yield* store.deleteForUser(alice, SessionHandle.make("unknown"))).toBe(false)
      expect(ended).toEqual([])
      expect(yield* store.deleteForUser(alice, second.session.handle)).toBe(true)
      expect(yield* store.deleteForUser(alice, second.session.handle)).toBe(false)
      expect(yield* store.get(second.id)).toEqual(Option.none())
      expect(yield* handles(alice)).toEqual([first.session.handle])

      const third = yield* signIn(alice)
      for (const { id } of [first, third]) expect(Option.isSome(yield* store.get(id))).toBe(true)
      expect(yield* store.deleteAllForUser(alice)).toBe(2)
      expect(yield* store.deleteAllForUser(alice)).toBe(0)
      expect(yield* handles(alice)).toEqual([])
      expect(yield* handles(bob)).toEqual([bobs.session.handle])
      for (const { id } of [first, third]) expect(yield* store.get(id)).toEqual(Option.none())
      expect(new Set(ended)).toEqual(new Set([first, second, third].map(({ session }) => session.handle)))

      yield* store.delete(nobodys.id)
      expect(ended.at(-1)).toBe(nobodys.session.handle)
      expect(ended).toHaveLength(4)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("does not list a user's expired sessions", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const signIn = Effect.flatMap(store.create(visitor, device), ({ id }) =>
        store.renew(id, { userId: alice, visitorId: visitor })
      )
      const expired = yield* signIn
      yield* TestClock.adjust("29 days")
      const live = yield* signIn
      yield* TestClock.adjust("1 day")
      expect(yield* store.listForUser(alice)).toEqual([live.session])
      expect(yield* store.deleteForUser(alice, expired.session.handle)).toBe(false)
      expect(yield* store.deleteAllForUser(alice)).toBe(1)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("notifies listeners of ended sessions until their scope closes, and not of renewals", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const ended: Array<SessionHandle> = []
      const listen = store.onEnd((handle) => ended.push(handle))
      const { id, session } = yield* store.create(visitor, device)
      const renewed = yield* Effect.scoped(Effect.zipRight(listen, store.renew(id)))
      expect(ended).toEqual([])
      yield* Effect.scoped(Effect.zipRight(listen, store.delete(id)))
      expect(ended).toEqual([])
      yield* Effect.scoped(listen).pipe(
        Effect.zipRight(listen),
        Effect.zipRight(store.delete(renewed.id)),
        Effect.scoped
      )
      expect(ended).toEqual([session.handle])
    }).pipe(Effect.provide(layer()))
  )
}
