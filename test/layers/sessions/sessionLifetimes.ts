import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { type SessionId, SessionNotFound } from "../../../src/domain/Session.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"
import { alice, bob, color, days, device, type LayerOf, other, unknown, visitor } from "./sessionFixtures.ts"

export const sessionLifetimes = (layer: LayerOf, runs: number) => {
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
      expect(yield* Effect.flip(store.update(idle.id, color, () => Option.some("red")))).toBeInstanceOf(SessionNotFound)
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
      { numRuns: runs }
    )
  })
}
