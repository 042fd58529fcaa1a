// Steps of the wall clock do not affect Layers that measure durations. Sessions, stored responses
// and nodes, whose times are stored, are tested in their own files.
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { AnalyticsCache } from "../../src/layers/analytics/AnalyticsCache.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { Postgres } from "../../src/layers/postgres/Postgres.ts"
import { RateLimits } from "../../src/layers/rateLimits/RateLimits.ts"
import * as RateLimitsBackend from "../../src/layers/rateLimits/RateLimitsBackend.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"
import { monotonicMillis, upToElapsed } from "../../src/lib/monotonicTime.ts"
import { onSteppedClock, steps } from "../steppedClock.ts"
import { settings } from "../support.ts"
import { adjust, cached, controlledAnalytics, query } from "./analytics/controlledAnalytics.ts"

const question = query("any").ask({})
const clockDependent = query("moving", { validFor: "1 second" }).ask({})
const staleAllowed = query("patient", { staleWhileRevalidate: true }).ask({})

/** Why an entry left the cache. */
const evictions = (cache: AnalyticsCache["Type"]) => cache.stats().queries.get("any")?.evictions

describe.each(steps)("when the wall clock is set %s", (_, millis) => {
  it.effect("monotonicMillis advances by the elapsed time", () =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const [before, wall] = [yield* monotonicMillis, yield* Clock.currentTimeMillis]
        expect(before).toBe(wall)
        yield* step(millis)
        yield* TestClock.adjust("1234 millis")
        expect((yield* monotonicMillis) - before).toBe(1234)
        expect((yield* Clock.currentTimeMillis) - wall).toBe(1234 + millis)
      })
    )
  )

  it.effect("a schedule keeps its interval", () =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        let tries = 0
        const trying = yield* Effect.suspend(() => Effect.fail(++tries)).pipe(
          Effect.retry(Schedule.spaced("100 millis").pipe(upToElapsed("1 second"))),
          Effect.exit,
          Effect.fork
        )
        yield* TestClock.adjust("450 millis")
        expect(tries).toBe(5)
        yield* step(millis)
        yield* TestClock.adjust("450 millis")
        expect([tries, trying.unsafePoll()]).toEqual([10, null])
        yield* TestClock.adjust("1 second")
        expect(Exit.isFailure(yield* Fiber.join(trying))).toBe(true)
        expect(tries).toBe(11)
      })
    )
  )

  it.scoped("a command waits exactly 5 seconds for another process's lock", () =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const { transact } = yield* Sql
        const { dataDir } = yield* Settings
        const other = yield* Effect.acquireRelease(
          Effect.sync(() => new Database(join(dataDir, "evenstar.db"), { timeout: 0 })),
          (database) => Effect.sync(() => database.close())
        )
        yield* Effect.sync(() => other.exec("BEGIN IMMEDIATE"))
        const waiting = yield* Effect.fork(Effect.exit(transact(() => "written")))
        yield* TestClock.adjust("2 seconds")
        yield* step(millis)
        yield* TestClock.adjust("2 seconds")
        expect(waiting.unsafePoll()).toBe(null)
        yield* TestClock.adjust("2 seconds")
        expect(Exit.isFailure(yield* Fiber.join(waiting))).toBe(true)
      }).pipe(Effect.provide(Layer.provide(Sql.layer, Postgres.layerNone)), Effect.provide(settings()))
    )
  )

  it.effect("an analytics result is kept for its time to live", () => {
    const analytics = controlledAnalytics()
    return onSteppedClock((step) =>
      Effect.gen(function* () {
        const cache = yield* AnalyticsCache
        const first = yield* cache.get(question)
        yield* adjust("30 seconds")
        yield* step(millis)
        yield* adjust("29 seconds")
        expect(cache.hit(question)).toBe(first)
        analytics.event("TodoList")
        expect(cache.hit(question)).toBeUndefined()
        const second = yield* cache.get(question)
        expect(second.sequence).toBe(1)
        yield* adjust("61 seconds")
        expect([evictions(cache), cache.stats().entries]).toEqual([expect.objectContaining({ idle: 1 }), 0])
      }).pipe(Effect.provide(cached(analytics)))
    )
  })

  it.effect("a stream of events causes one recomputation per minRefreshInterval", () => {
    const analytics = controlledAnalytics()
    return onSteppedClock((step) =>
      Effect.gen(function* () {
        const cache = yield* AnalyticsCache
        const first = yield* cache.get(question)
        yield* step(millis)
        analytics.event("TodoList")
        expect(cache.hit(question)).toBe(first)
        yield* adjust("999 millis")
        expect(cache.hit(question)).toBe(first)
        yield* adjust("1 millis")
        expect(cache.hit(question)).toBeUndefined()
      }).pipe(Effect.provide(cached(analytics)))
    )
  })

  it.effect("a stale result is returned for its time while a new one is computed", () => {
    const analytics = controlledAnalytics()
    return onSteppedClock((step) =>
      Effect.gen(function* () {
        const cache = yield* AnalyticsCache
        const first = yield* cache.get(staleAllowed)
        yield* adjust("10 seconds")
        yield* step(millis)
        analytics.event("TodoList")
        expect(cache.hit(staleAllowed)).toBe(first)
        yield* adjust("1 second")
        expect(cache.hit(staleAllowed)?.sequence).toBe(1)
      }).pipe(Effect.provide(cached(analytics)))
    )
  })

  it.effect("an open dashboard keeps updating, by events and each second", () => {
    const analytics = controlledAnalytics()
    return onSteppedClock((step) =>
      Effect.gen(function* () {
        const cache = yield* AnalyticsCache
        const heard: Array<string> = []
        for (const asked of [question, clockDependent]) {
          yield* cache.watch(asked, (news) => {
            if (Exit.isSuccess(news)) heard.push(`${asked.name} ${news.value.sequence}`)
          })
        }
        yield* adjust("500 millis")
        yield* step(millis)
        expect(heard).toEqual(["any 0", "moving 0"])
        analytics.event("TodoList")
        yield* adjust("500 millis")
        expect(heard.slice(2).toSorted()).toEqual(["any 1", "moving 1"])
        const before = analytics.counts.begun
        yield* adjust("3 seconds")
        expect(analytics.counts.begun).toBe(before + 3)
      }).pipe(Effect.scoped, Effect.provide(cached(analytics)))
    )
  })

  it.effect("a rate limit bucket is refilled at its rate", () =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const { signIn } = yield* RateLimits
        for (let n = 0; n < 10; n++) yield* signIn("a")
        yield* TestClock.adjust("5999 millis")
        yield* step(millis)
        expect(yield* Effect.flip(signIn("a"))).toMatchObject({ retryAfter: 1 })
        yield* TestClock.adjust("1 millis")
        yield* signIn("a")
        expect(yield* Effect.flip(signIn("a"))).toMatchObject({ retryAfter: 6 })
      }).pipe(
        Effect.provide(Layer.provide(RateLimitsBackend.layer, Postgres.layerNone)),
        Effect.provide(settings({ SIGN_IN_RATE_LIMIT: "10" }))
      )
    )
  )
})
