import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { UserId } from "../../../src/domain/Account.ts"
import { key, SessionHandle, SessionId, SessionNotFound } from "../../../src/domain/Session.ts"
import { StoreUnavailable, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { migrations } from "../../../src/layers/sqlite/migrations.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import * as SqliteWriter from "../../../src/layers/sqlite/SqliteWriter.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { isSkipped as hasNoPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"
import { settings, temporaryDirectory } from "../../support.ts"
import { clientOf } from "../postgres/support.ts"

const visitor = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const other = VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const alice = UserId.make("8f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const bob = UserId.make("9f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const unknown = SessionId.make("A".repeat(43))
const device = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

const color = key("test/color", Schema.Literal("red", "green"))
const visits = key("test/visits", Schema.Number)
const increment = Option.match({ onNone: () => Option.some(1), onSome: (n: number) => Option.some(n + 1) })

const days = (n: number) => Duration.toMillis(Duration.days(n))

type Overrides = Record<string, string>

/** The users exist, as accounts would have created them. The store cleans up only at its start. */
const sqlite = (overrides: Overrides = {}) => {
  const users = Layer.effectDiscard(
    Effect.flatMap(Sql, ({ database, transact }) =>
      transact(() => {
        const insert = database.prepare("INSERT OR IGNORE INTO users VALUES (?, 0)")
        for (const user of [alice, bob]) insert.run(user)
      })
    )
  )
  return SessionStoreBackend.layer.pipe(
    Layer.provideMerge(users),
    Layer.provideMerge(Layer.mergeAll(Sql.layer, Ids.layer)),
    Layer.provide(Postgres.layerNone),
    Layer.provideMerge(settings({ SESSION_CLEANUP_INTERVAL: "1000 days", ...overrides }))
  )
}
const memory = (overrides: Overrides = {}) =>
  SessionStoreBackend.layerMemory.pipe(Layer.provide([Ids.layer, settings(overrides)]))

/** Runs an effect; returns its result and its log lines. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))
    return Effect.map(
      Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)),
      (result) => [result, lines] as const
    )
  })

const sessionStoreContract = (name: string, layer: (overrides?: Overrides) => Layer.Layer<SessionStore, unknown>) =>
  describe(name, () => {
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

    it.scoped("expires a session by its idle time, to the millisecond", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const used = yield* store.create(visitor, device)
        const idle = yield* store.create(visitor, device)
        yield* TestClock.adjust("29 days")
        expect(yield* store.touch(used.id, used.session)).toBe(true)
        yield* TestClock.setTime(days(30) - 1)
        expect(yield* store.get(idle.id)).toEqual(Option.some(idle.session))
        yield* TestClock.setTime(days(30))
        expect(yield* store.get(idle.id)).toEqual(Option.none())
        expect(yield* store.get(used.id)).toEqual(
          Option.some({ ...used.session, lastAccessed: days(29), expiresAt: days(59) })
        )
        expect(yield* Effect.flip(store.renew(idle.id))).toBeInstanceOf(SessionNotFound)
        expect(yield* Effect.flip(store.update(idle.id, color, () => Option.some("red")))).toBeInstanceOf(
          SessionNotFound
        )
        expect(yield* store.read(idle.id, color)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("expires a session by its absolute lifetime, which a sign-in restarts", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const anonymous = yield* store.create(visitor, device)
        let { id } = yield* store.create(visitor, device)
        for (const day of [20, 40, 60]) {
          yield* TestClock.setTime(days(day))
          for (const it of [anonymous.id, id]) {
            expect(yield* store.touch(it, Option.getOrThrow(yield* store.get(it)))).toBe(true)
          }
          if (day !== 40) continue
          const signedIn = yield* store.renew(id, { userId: alice, visitorId: other })
          expect(signedIn.session).toMatchObject({ createdAt: 0, signedInAt: days(40), expiresAt: days(70) })
          id = signedIn.id
        }
        expect(Option.getOrThrow(yield* store.get(anonymous.id)).expiresAt).toBe(days(90))
        yield* TestClock.setTime(days(89))
        expect(yield* store.touch(id, Option.getOrThrow(yield* store.get(id)))).toBe(true)
        expect(Option.getOrThrow(yield* store.get(id)).expiresAt).toBe(days(119))
        yield* TestClock.setTime(days(90))
        expect(yield* store.get(anonymous.id)).toEqual(Option.none())
        yield* TestClock.setTime(days(118))
        const renewed = yield* store.renew(id)
        expect(renewed.session.expiresAt).toBe(days(130))
        yield* TestClock.setTime(days(130))
        expect(yield* store.get(renewed.id)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("extends a session at most once a minute for any number of touches", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id, session } = yield* store.create(visitor, device)
        yield* TestClock.adjust("59999 millis")
        expect(yield* store.touch(id, session)).toBe(false)
        yield* TestClock.adjust("1 millis")
        const requests = Effect.all(
          Array.from({ length: 20 }, () =>
            Effect.flatMap(store.get(id), (found) => store.touch(id, Option.getOrThrow(found)))
          ),
          { concurrency: "unbounded" }
        )
        expect((yield* requests).filter((touched) => touched)).toHaveLength(1)
        expect(Option.getOrThrow(yield* store.get(id))).toMatchObject({ lastAccessed: 60_000 })
        yield* TestClock.adjust("30 seconds")
        expect((yield* requests).filter((touched) => touched)).toHaveLength(0)
        yield* TestClock.adjust("30 seconds")
        expect((yield* requests).filter((touched) => touched)).toHaveLength(1)
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

    it.scoped("returns the previous value from update, and None removes it", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id } = yield* store.create(visitor, device)
        const stranger = yield* store.create(other, device)
        expect(yield* store.read(id, color)).toEqual(Option.none())
        expect(yield* store.update(id, color, () => Option.some("red"))).toEqual(Option.none())
        expect(yield* store.update(id, color, () => Option.some("green"))).toEqual(Option.some("red"))
        expect(yield* store.update(id, color, (before) => before)).toEqual(Option.some("green"))
        expect(yield* store.update(id, visits, increment)).toEqual(Option.none())
        expect(yield* store.update(id, color, Option.none)).toEqual(Option.some("green"))
        expect(yield* store.update(id, color, Option.none)).toEqual(Option.none())
        expect(yield* store.read(id, visits)).toEqual(Option.some(1))
        expect(yield* store.read(stranger.id, visits)).toEqual(Option.none())
        expect(yield* Effect.flip(store.update(unknown, visits, increment))).toBeInstanceOf(SessionNotFound)
        expect(yield* store.read(unknown, visits)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("stores any JSON under any key", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id } = yield* store.create(visitor, device)
        const anything = Schema.Unknown
        const values: ReadonlyArray<unknown> = [
          null,
          false,
          0,
          -1.5e-7,
          "",
          "\"'$.[0]\u2028\\ é 🎉",
          [],
          {},
          [{ "a/b": [null] }]
        ]
        for (const place of [
          key("a/b", anything),
          key("a.b/c", anything),
          key("-/_", anything),
          key("0/1", anything)
        ]) {
          for (const value of values) {
            yield* store.update(id, place, () => Option.some(value))
            expect(yield* store.read(id, place)).toEqual(Option.some(value))
          }
        }
        expect(() => key('a/"b', anything)).toThrow(TypeError)
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("keeps all concurrent updates, of one key and of many", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id } = yield* store.create(visitor, device)
        const keys = Array.from({ length: 20 }, (_, index) => key(`test/number-${index}`, Schema.Number))
        const changes = Array.from({ length: 100 }, () => store.update(id, visits, increment))
        const others = keys.map((key, index) => store.update(id, key, () => Option.some(index)))
        const [before] = yield* Effect.all(
          [Effect.all(changes, { concurrency: "unbounded" }), Effect.all(others, { concurrency: "unbounded" })],
          {
            concurrency: "unbounded"
          }
        )
        expect(before.map(Option.getOrElse(() => 0)).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 100 }, (_, n) => n)
        )
        expect(yield* store.read(id, visits)).toEqual(Option.some(100))
        expect(yield* Effect.forEach(keys, (key) => store.read(id, key))).toEqual(
          keys.map((_, index) => Option.some(index))
        )
      }).pipe(Effect.provide(layer()))
    )

    it.scoped.each(steps)("expires by elapsed time when the wall clock is set %s", ([, millis]) =>
      onSteppedClock((step) =>
        Effect.gen(function* () {
          const store = yield* SessionStore
          const { id, session } = yield* store.create(visitor, device)
          const found = Effect.map(store.get(id), Option.getOrThrow)
          yield* TestClock.adjust("9 minutes")
          yield* step(millis)
          expect(yield* found).toEqual(session)
          expect(yield* store.cleanupExpired).toBe(0)
          expect(yield* store.touch(id, yield* found)).toBe(true)
          yield* TestClock.adjust("59 seconds")
          expect(yield* store.touch(id, yield* found)).toBe(false)
          yield* TestClock.adjust("1 second")
          expect(yield* store.touch(id, yield* found)).toBe(true)
          yield* TestClock.adjust("2 seconds")
          yield* step(-millis)
          yield* TestClock.adjust("9 minutes")
          expect((yield* found).expiresAt - (yield* store.now)).toBe(58_000)
          const { id: renewed } = yield* store.renew(id)
          yield* TestClock.adjust("599 seconds")
          expect(Option.isSome(yield* store.get(renewed))).toBe(true)
          yield* TestClock.adjust("1 second")
          expect(Option.isNone(yield* store.get(renewed))).toBe(true)
          expect(yield* store.cleanupExpired).toBe(1)
        }).pipe(Effect.provide(layer({ SESSION_TTL: "10 minutes" })))
      )
    )

    it.scoped("counts sessions, expired ones until a cleanup", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const [first] = yield* Effect.replicateEffect(store.create(visitor, device), 3)
        expect(yield* store.kept).toBeGreaterThanOrEqual(3)
        // Sessions created during the count may be counted twice until the next one.
        yield* Effect.repeatN(store.cleanupExpired, 1)
        expect(yield* store.kept).toBe(3)
        if (first !== undefined) yield* store.delete(first.id)
        expect(yield* store.kept).toBe(2)
        yield* store.create(visitor, device)
        expect(yield* store.kept).toBe(3)
        yield* TestClock.adjust("10 minutes")
        expect(yield* store.kept).toBe(3)
        expect(yield* store.cleanupExpired).toBe(3)
        yield* store.cleanupExpired
        expect(yield* store.kept).toBe(0)
      }).pipe(Effect.provide(layer({ SESSION_TTL: "10 minutes" })))
    )

    it.scoped("accepts sessions with future times after a clock was set back, from their next use", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        yield* TestClock.setTime(days(2))
        const { id } = yield* store.create(visitor, device)
        yield* TestClock.setTime(days(1))
        const ahead = Option.getOrThrow(yield* store.get(id))
        expect(ahead.lastAccessed).toBe(days(2))
        expect(yield* store.touch(id, ahead)).toBe(true)
        yield* store.cleanupExpired
        expect(Option.getOrThrow(yield* store.get(id))).toMatchObject({
          lastAccessed: days(1),
          expiresAt: days(1) + 600_000
        })
        expect(yield* store.touch(id, Option.getOrThrow(yield* store.get(id)))).toBe(false)
      }).pipe(Effect.provide(layer({ SESSION_TTL: "10 minutes" })))
    )

    it.scoped("drops undecodable data and logs its key only", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id } = yield* store.create(visitor, device)
        const wasText = key("test/color", Schema.String)
        yield* store.update(id, wasText, () => Option.some("ultraviolet"))
        yield* store.update(id, visits, increment)
        const [found, lines] = yield* logged(Effect.all([store.read(id, color), store.read(id, color)]))
        expect(found).toEqual([Option.none(), Option.none()])
        expect(lines).toEqual([expect.stringContaining("test/color")])
        expect(lines.join()).not.toMatch(new RegExp(`ultraviolet|${id}`))
        expect(yield* store.read(id, wasText)).toEqual(Option.none())

        yield* store.update(id, wasText, () => Option.some("ultraviolet"))
        const seen: Array<Option.Option<string>> = []
        const [before, again] = yield* logged(
          store.update(id, color, (it) => {
            seen.push(it)
            return Option.none()
          })
        )
        expect([before, ...seen]).toEqual([Option.none(), Option.none()])
        expect(again).toEqual([expect.stringContaining("test/color")])
        expect(yield* store.read(id, wasText)).toEqual(Option.none())
        expect(yield* store.read(id, visits)).toEqual(Option.some(1))
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("treats a throwing update as a defect and writes nothing", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id } = yield* store.create(visitor, device)
        yield* store.update(id, visits, increment)
        const exit = yield* Effect.exit(
          store.update(id, visits, () => {
            throw new RangeError("mine")
          })
        )
        expect(exit).toEqual(Exit.die(new RangeError("mine")))
        expect(yield* store.update(id, visits, increment)).toEqual(Option.some(1))
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

    it("law: get and cleanup follow both lifetimes after any operations", () => {
      const minute = 60_000
      const [idle, absolute] = [10 * minute, 30 * minute]
      const moment = FastCheck.integer({ min: 0, max: 60 }).map((n) => n * minute)
      const history = FastCheck.record({
        createdAt: moment,
        uses: FastCheck.array(moment, { maxLength: 6 }),
        signIns: FastCheck.array(moment, { maxLength: 1 })
      })
      type Life = { id: SessionId; createdAt: number; lastAccessed: number; signedInAt: number }
      const endOf = ({ createdAt, lastAccessed, signedInAt }: Life) =>
        Math.min(lastAccessed + idle, Math.max(createdAt, signedInAt) + absolute)

      return FastCheck.assert(
        FastCheck.asyncProperty(FastCheck.array(history, { minLength: 1, maxLength: 8 }), moment, (histories, end) =>
          Effect.gen(function* () {
            const store = yield* SessionStore
            const lives: Array<Life> = []
            const begin = Effect.gen(function* () {
              const now = yield* Clock.currentTimeMillis
              const { id } = yield* store.create(visitor, device)
              const life: Life = { id, createdAt: now, lastAccessed: now, signedInAt: 0 }
              lives.push(life)
              return life
            })
            const steps = histories.flatMap(({ createdAt, signIns, uses }) => {
              let life: Life | undefined
              const isAlive = (now: number) => life !== undefined && endOf(life) > now
              const use = Effect.gen(function* () {
                const now = yield* Clock.currentTimeMillis
                const found = yield* store.get(life?.id ?? unknown)
                expect(Option.isSome(found)).toBe(isAlive(now))
                if (life === undefined || Option.isNone(found)) return
                if (yield* store.touch(life.id, found.value)) life.lastAccessed = now
              })
              const signIn = Effect.gen(function* () {
                const now = yield* Clock.currentTimeMillis
                const renewed = yield* Effect.option(
                  store.renew(life?.id ?? unknown, { userId: bob, visitorId: visitor })
                )
                expect(Option.isSome(renewed)).toBe(isAlive(now))
                if (life === undefined || Option.isNone(renewed)) return
                Object.assign(life, { id: renewed.value.id, lastAccessed: now, signedInAt: now })
              })
              return [
                {
                  at: createdAt,
                  step: Effect.map(begin, (begun) => {
                    life = begun
                  })
                },
                ...uses.map((at) => ({ at, step: use })),
                ...signIns.map((at) => ({ at, step: signIn }))
              ]
            })
            for (const { at, step } of steps.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)) {
              yield* TestClock.setTime(at)
              yield* step
            }
            yield* TestClock.setTime(end)
            const alive = lives.filter((life) => endOf(life) > end)
            expect(yield* store.cleanupExpired).toBe(lives.length - alive.length)
            expect(yield* store.cleanupExpired).toBe(0)
            const found = yield* Effect.forEach(lives, ({ id }) => store.get(id))
            expect(found.map(Option.isSome)).toEqual(lives.map((life) => endOf(life) > end))
            expect(found.flatMap(Option.toArray).map(({ expiresAt }) => expiresAt)).toEqual(alive.map(endOf))
          }).pipe(
            Effect.provide(layer({ SESSION_TTL: "10 minutes", SESSION_ABSOLUTE_TTL: "30 minutes" })),
            Effect.provide(TestContext.TestContext),
            Effect.runPromise
          )
        ),
        { numRuns: 40 }
      )
    })
  })

sessionStoreContract("SessionStoreBackend.layer", sqlite)
sessionStoreContract("SessionStoreBackend.layerMemory", memory)

describe.skipIf(hasNoPostgres)("in PostgreSQL", () => {
  const { database } = postgresForFile()
  let url: Promise<string> | undefined

  /** One database, emptied before each test; the users exist, and the cleanup has run. */
  const postgres = (overrides: Overrides = {}) =>
    Layer.unwrapEffect(
      Effect.map(
        Effect.promise(() => (url ??= database())),
        (DATABASE_URL) => {
          const prepared = Layer.effectDiscard(
            Effect.flatMap(clientOf(DATABASE_URL), (sql) =>
              Effect.all([
                sql`DELETE FROM sessions`,
                sql`INSERT INTO users SELECT id, 0 FROM unnest(ARRAY[${alice}, ${bob}]) AS id ON CONFLICT DO NOTHING`,
                sql`DELETE FROM duties`,
                sql`INSERT INTO duties (name, done_at) VALUES ('session cleanup', clock_timestamp())`
              ])
            ).pipe(Effect.scoped)
          )
          return SessionStoreBackend.layer.pipe(
            Layer.provide(prepared),
            Layer.provide([Sql.layer, Ids.layer]),
            Layer.provide(PostgresBackend.layer),
            Layer.provide(settings({ DATABASE_URL, SESSION_CLEANUP_INTERVAL: "1000 days", ...overrides }))
          )
        }
      )
    )
  sessionStoreContract("SessionStoreBackend.layer", postgres)
})

const count = Effect.flatMap(Sql, ({ read }) =>
  Effect.map(read<{ n: number }>`SELECT COUNT(*) AS n FROM sessions`, ([row]) => row?.n)
)

/** Waits some turns of the event loop until the condition holds. */
const eventually = <R>(isSo: Effect.Effect<boolean, unknown, R>) =>
  Effect.repeat(Effect.zipRight(yieldToEventLoop, Effect.orDie(isSo)), { until: (so) => so })

describe("sessions table", () => {
  /** Every byte that SQLite has written. */
  const files = (directory: string) =>
    Buffer.concat(["evenstar.db", "evenstar.db-wal"].map((name) => readFileSync(join(directory, name))))

  it.scoped("contains only the SHA-256 of an id after any operation", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      yield* Effect.gen(function* () {
        const store = yield* SessionStore
        const { read } = yield* Sql
        const first = yield* store.create(visitor, device)
        yield* store.update(first.id, color, () => Option.some("red"))
        yield* TestClock.adjust("1 hour")
        yield* store.touch(first.id, first.session)
        yield* TestClock.adjust("1 second")
        const second = yield* store.renew(first.id, { userId: alice, visitorId: other })
        yield* store.update(second.id, visits, increment)
        expect(yield* read`SELECT hex(id_hash) AS hash, data FROM sessions`).toEqual([
          {
            hash: createHash("sha256").update(second.id).digest("hex").toUpperCase(),
            data: '{"test/color":"red","test/visits":1}'
          }
        ])
        const bytes = files(DATA_DIR)
        expect(bytes.includes(second.session.handle)).toBe(true)
        for (const { id } of [first, second]) {
          expect(bytes.includes(id)).toBe(false)
          expect(bytes.includes(Buffer.from(id, "base64url"))).toBe(false)
        }
      }).pipe(Effect.provide(sqlite({ DATA_DIR })))
    })
  )

  it.scoped("is cleaned by a background fiber", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      yield* store.create(visitor, device)
      yield* TestClock.adjust("30 days")
      yield* eventually(Effect.map(count, (n) => n === 0))
    }).pipe(Effect.provide(sqlite({ SESSION_CLEANUP_INTERVAL: "10 days" })))
  )

  it.scoped("applies shorter lifetimes immediately and longer ones at the next use", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const open = (overrides: Overrides) =>
        Effect.map(Layer.build(sqlite({ DATA_DIR, ...overrides })), (context) => Context.get(context, SessionStore))
      const store = yield* open({})
      const longer = yield* open({ SESSION_TTL: "60 days" })
      // Opening a store deletes expired sessions: all are created before.
      const shorter = yield* open({ SESSION_TTL: "3 days" })
      const shortest = yield* open({ SESSION_TTL: "2 days" })
      const shortestOfAll = yield* open({ SESSION_ABSOLUTE_TTL: "2 days" })
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.adjust("2 days")
      expect(yield* shortest.get(id)).toEqual(Option.none())
      expect(yield* shortestOfAll.get(id)).toEqual(Option.none())
      expect(yield* shorter.get(id)).toEqual(Option.some({ ...session, expiresAt: days(3) }))
      expect(yield* longer.get(id)).toEqual(Option.some(session))
      yield* longer.touch(id, session)
      expect(Option.getOrThrow(yield* longer.get(id)).expiresAt).toBe(days(62))
      expect(yield* shortest.cleanupExpired).toBe(1)
    })
  )

  it.scoped("is read again after another process has changed it", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const open = Effect.map(Layer.build(sqlite({ DATA_DIR })), (context) => Context.get(context, SessionStore))
      const here = yield* open
      const there = yield* open
      const { id, session } = yield* here.create(visitor, device)
      expect(yield* here.get(id)).toEqual(Option.some(session))
      const renewed = yield* there.renew(id, { userId: alice, visitorId: other })
      yield* eventually(Effect.map(here.get(id), Option.isNone))
      expect(yield* here.get(renewed.id)).toEqual(Option.some(renewed.session))
      yield* there.deleteAllForUser(alice)
      yield* eventually(Effect.map(here.get(renewed.id), Option.isNone))
    })
  )

  it.scoped("gets one write for many touches, a second later", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { read, write } = yield* Sql
      yield* write`CREATE TABLE written (at INTEGER, expires INTEGER)`
      yield* write`CREATE TRIGGER watch AFTER UPDATE ON sessions
        BEGIN INSERT INTO written VALUES (new.last_accessed, new.expires_at); END`
      const { id, session } = yield* store.create(visitor, device)
      const written = read`SELECT * FROM written`
      yield* TestClock.adjust("2 minutes")
      expect(yield* store.touch(id, session)).toBe(true)
      expect(yield* store.touch(id, session)).toBe(false)
      yield* TestClock.adjust("999 millis")
      expect(yield* written).toEqual([])
      yield* TestClock.adjust("1 millis")
      const once = [{ at: 120_000, expires: 120_000 + days(30) }]
      expect(yield* written).toEqual(once)
      // A store that has read it before the touch.
      yield* store.touch(id, session)
      yield* TestClock.adjust("10 seconds")
      expect(yield* written).toEqual(once)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("gets thousands of touches in batches", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { database, read, transact } = yield* Sql
      const now = days(1)
      yield* TestClock.setTime(now)
      const made = yield* insertMany(3000, () => [0, 0, days(30)])
      const ids = made.map(({ id }) => id)
      for (const id of ids) expect(yield* store.touch(id, Option.getOrThrow(yield* store.get(id)))).toBe(true)
      yield* TestClock.adjust("1 second")
      yield* eventually(
        Effect.map(
          read<{ n: number }>`SELECT COUNT(*) AS n FROM sessions WHERE last_accessed = ${now}`,
          ([row]) => row?.n === 3000
        )
      )
      expect(yield* transact(() => database.pragma("synchronous", { simple: true }))).toBe(2)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("has the last touches when the store closes", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const scope = yield* Scope.make()
      const context = yield* Scope.extend(Layer.build(sqlite({ DATA_DIR })), scope)
      const store = Context.get(context, SessionStore)
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.adjust("1 hour")
      yield* store.touch(id, session)
      yield* Scope.close(scope, Exit.void)
      const reopened = Context.get(yield* Layer.build(sqlite({ DATA_DIR })), SessionStore)
      expect(Option.getOrThrow(yield* reopened.get(id))).toMatchObject({ lastAccessed: 3_600_000 })
    })
  )

  /** Rows of `[createdAt, lastAccessed, expiresAt]`, inserted directly. */
  const insertMany = (rows: number, times: (index: number) => readonly [number, number, number]) =>
    Effect.flatMap(Sql, ({ database, transact }) =>
      transact(() => {
        const insert = database.prepare(
          `INSERT INTO sessions (id_hash, handle, visitor_id, device, data, created_at, last_accessed, expires_at)
            VALUES (?, ?, ?, '', '{}', ?, ?, ?)`
        )
        return Array.from({ length: rows }, (_, index) => {
          const id = SessionId.make(randomBytes(32).toString("base64url"))
          const [createdAt, lastAccessed, expiresAt] = times(index)
          insert.run(createHash("sha256").update(id).digest(), `h${index}`, visitor, createdAt, lastAccessed, expiresAt)
          return { id, index }
        })
      })
    )

  it.scoped("loses exactly the expired sessions in a cleanup of any size", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const now = days(100)
      yield* TestClock.setTime(now)
      // Expired by stored time, idle time and absolute lifetime; and live ones.
      const expired = [
        [days(99), days(99), now],
        [days(99), days(70), now + 1],
        [days(10), days(99), now + 1]
      ] as const
      const live = [days(10) + 1, days(70) + 1, now + 1] as const
      const made = yield* insertMany(5000, (index) => expired[index % 5] ?? live)
      expect(yield* store.cleanupExpired).toBe(3000)
      expect([yield* count, yield* store.kept]).toEqual([2000, 2000])
      for (const { id, index } of made) expect(Option.isSome(yield* store.get(id))).toBe(index % 5 > 2)
      expect(yield* store.cleanupExpired).toBe(0)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("keeps sessions touched in time in a cleanup before their touches are written", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.setTime(days(30) - 1)
      yield* store.touch(id, session)
      yield* TestClock.adjust("10 millis")
      expect(yield* store.cleanupExpired).toBe(0)
      expect(Option.isSome(yield* store.get(id))).toBe(true)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("migrates sessions of the previous schema", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const id = SessionId.make(randomBytes(32).toString("base64url"))
      yield* Effect.gen(function* () {
        const { sql } = yield* SqliteWriter.make(join(DATA_DIR, "evenstar.db"))
        yield* sql`PRAGMA journal_mode = WAL`
        const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < "0007"))
        yield* Effect.provideService(Migrator.make({})({ loader: Migrator.fromRecord(before) }), SqlClient, sql)
        for (const [hash, visitorId] of [
          [createHash("sha256").update(id).digest(), visitor],
          [randomBytes(32), other]
        ] as const) {
          yield* sql`INSERT INTO sessions ${sql.insert({
            id_hash: hash,
            visitor_id: visitorId,
            created_at: 1000,
            last_accessed: 2000,
            expires_at: days(30)
          })}`
        }
      }).pipe(Effect.scoped, Effect.provide(reactivityLayer))
      const context = yield* Layer.build(sqlite({ DATA_DIR }))
      const store = Context.get(context, SessionStore)
      const session = Option.getOrThrow(yield* store.get(id))
      expect(session).toEqual({
        handle: expect.stringMatching(/^[0-9a-f]{32}$/),
        visitorId: visitor,
        userId: null,
        device: "",
        createdAt: 1000,
        signedInAt: null,
        lastAccessed: 2000,
        expiresAt: days(30)
      })
      yield* store.update(id, visits, increment)
      expect(yield* store.read(id, visits)).toEqual(Option.some(1))
      const { read } = Context.get(context, Sql)
      expect(yield* read`SELECT COUNT(DISTINCT handle) AS n FROM sessions`).toEqual([{ n: 2 }])
    })
  )

  it.scoped("refuses writes while another process holds its lock, but not reads", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const store = Context.get(yield* Layer.build(sqlite({ DATA_DIR })), SessionStore)
      const { id, session } = yield* store.create(visitor, device)
      const wasText = key("test/color", Schema.String)
      yield* store.update(id, wasText, () => Option.some("ultraviolet"))
      const rival = yield* Effect.provide(SqliteWriter.make(join(DATA_DIR, "evenstar.db")), reactivityLayer)
      rival.database.pragma("busy_timeout = 0")
      rival.database.exec("BEGIN IMMEDIATE")
      const waiting = yield* Effect.fork(
        Effect.all([store.read(id, color), Effect.flip(store.create(visitor, device)), Effect.flip(store.renew(id))])
      )
      yield* TestClock.adjust("1 minute")
      const [none, ...failures] = yield* waiting
      expect(none).toEqual(Option.none())
      for (const failure of failures) expect(failure).toBeInstanceOf(StoreUnavailable)
      expect(yield* store.get(id)).toEqual(Option.some(session))
      expect(yield* store.touch(id, session)).toBe(true)
      rival.database.exec("ROLLBACK")
    })
  )
})
