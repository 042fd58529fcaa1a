// The cache's statistics and bounds: entries, bytes, evictions by reason, and settings.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { CacheStats, removalCauses } from "../../../src/layers/analytics/CacheStats.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import { queries } from "../../features/todo/analytics/todoQueries.ts"
import { settings } from "../../support.ts"
import { adjust, cached, controlledAnalytics, query } from "./controlledAnalytics.ts"

const any = query("any")
const question = any.ask({})
const zero = { ttl: 0, idle: 0, invalidation: 0, capacity: 0, bytes: 0, admission: 0 }

describe("stats", () => {
  it("list each declared query from the start, and others on first use", () => {
    const stats = new CacheStats(queries.map(({ name }) => name))
    expect([...stats.all.keys()]).toEqual(queries.map(({ name }) => name))
    for (const each of stats.all.values()) {
      expect(each).toEqual({ hits: 0, misses: 0, loads: 0, loadMillis: 0, failures: 0, evictions: zero })
    }
    expect(Object.keys(stats.of("new").evictions)).toEqual([...removalCauses])
    stats.of("new").hits++
    expect(stats.all.get("new")?.hits).toBe(1)
    expect(stats.all.get("daily_counts")?.hits).toBe(0)
  })

  it.effect("count hits, misses, loads and load time by query", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const gate = yield* analytics.hold
      const waiting = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 3 }, () => cache.get(question)),
          { concurrency: "unbounded" }
        )
      )
      yield* adjust("40 millis")
      yield* Deferred.succeed(gate, undefined)
      const [first] = yield* Fiber.join(waiting)
      expect([first?.computedAt, first?.millis]).toEqual([0, 40])
      cache.hit(question)
      cache.hit(any.ask({ of: "nobody knows" }))
      yield* cache.get(question)
      const { bytes, entries, queries } = cache.stats()
      expect(queries.get("any")).toEqual({
        hits: 2,
        misses: 3,
        loads: 1,
        loadMillis: 40,
        failures: 0,
        evictions: zero
      })
      expect(queries.get("daily_counts")?.misses).toBe(0)
      expect(entries).toBe(1)
      expect(bytes).toBeGreaterThan(first?.body.length ?? 0)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("count an interrupted computation neither as a load nor as a failure", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* Effect.asVoid(analytics.hold)
      const waiting = yield* Effect.fork(cache.get(question))
      yield* adjust(0)
      yield* Fiber.interrupt(waiting)
      yield* adjust(0)
      expect(analytics.counts).toEqual({ begun: 1, interrupted: 1 })
      expect(cache.stats().queries.get("any")).toMatchObject({ misses: 1, loads: 0, failures: 0 })
      expect(cache.stats().entries).toBe(0)
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("capacity", () => {
  it.effect("limits the number of entries and reports why each was evicted", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      for (let number = 0; number < 50; number++) {
        const asked = any.ask({ of: String(number) })
        expect((yield* cache.get(asked)).body.toString()).toContain(`"of":"${number}"`)
        expect(cache.stats().entries).toBeLessThanOrEqual(3)
      }
      expect(cache.stats().entries).toBe(3)
      const { admission, capacity, ...others } = cache.stats().queries.get("any")?.evictions ?? zero
      expect(admission + capacity).toBe(47)
      expect(others).toEqual({ ttl: 0, idle: 0, invalidation: 0, bytes: 0 })
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_CAPACITY: "3" })))
  })

  it.effect("limits bytes: keeps frequent results and never one larger than the cache", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      for (let use = 0; use < 20; use++) cache.hit(question)
      analytics.rows("x".repeat(3000))
      for (let number = 0; number < 20; number++) {
        yield* cache.get(any.ask({ of: String(number) }))
        expect(cache.stats().bytes).toBeLessThanOrEqual(8192)
      }
      expect(cache.stats().entries).toBeGreaterThan(1)
      expect(cache.hit(question)).toBeDefined()
      const before = cache.stats().queries.get("any")?.evictions.bytes ?? 0
      analytics.rows("x".repeat(8192))
      const huge = any.ask({ of: "huge" })
      expect((yield* cache.get(huge)).body.length).toBeGreaterThan(8192)
      expect(cache.hit(huge)).toBeUndefined()
      expect(cache.hit(question)).toBeDefined()
      expect(cache.stats().queries.get("any")?.evictions.bytes).toBe(before + 1)
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_MAX_BYTES: "8 KiB" })))
  })

  it.effect("of zero keeps nothing and answers everything", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* Effect.all([cache.get(question), cache.get(question)])
      expect(analytics.counts.begun).toBe(2)
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_MAX_BYTES: "0" })))
  })
})

describe("settings", () => {
  const read = (overrides: Record<string, string>) =>
    Effect.provide(
      Effect.map(Settings, (it) => [
        it.analyticsCacheCapacity,
        it.analyticsCacheMaxBytes,
        Duration.toSeconds(it.analyticsCacheTtl),
        Duration.toSeconds(it.analyticsCacheIdleTtl)
      ]),
      settings(overrides)
    )

  it.effect("default to 1,000 entries, 64 MiB, 5 minutes and 1 minute", () =>
    Effect.gen(function* () {
      expect(yield* read({})).toEqual([1000, 64 * 1024 * 1024, 300, 60])
      const given = {
        ANALYTICS_CACHE_CAPACITY: "1",
        ANALYTICS_CACHE_MAX_BYTES: "0",
        ANALYTICS_CACHE_TTL: "2 hours",
        ANALYTICS_CACHE_IDLE_TTL: "1 second"
      }
      expect(yield* read(given)).toEqual([1, 0, 7200, 1])
    })
  )

  it.effect.each<readonly [string, number]>([
    ["64 MiB", 64 * 1024 ** 2],
    ["1KiB", 1024],
    [" 2  GiB ", 2 * 1024 ** 3],
    ["12345", 12_345]
  ])("accept %j as a size", ([size, bytes]) =>
    Effect.gen(function* () {
      expect((yield* read({ ANALYTICS_CACHE_MAX_BYTES: size }))[1]).toBe(bytes)
    })
  )

  it.effect.each<readonly [string, string]>([
    ["ANALYTICS_CACHE_MAX_BYTES", "-1"],
    ["ANALYTICS_CACHE_MAX_BYTES", "1.5 MiB"],
    ["ANALYTICS_CACHE_MAX_BYTES", "64 MB"],
    ["ANALYTICS_CACHE_MAX_BYTES", "64 mib"],
    ["ANALYTICS_CACHE_MAX_BYTES", "MiB"],
    ["ANALYTICS_CACHE_MAX_BYTES", "1 MiB 2"],
    ["ANALYTICS_CACHE_MAX_BYTES", "1e3"],
    ["ANALYTICS_CACHE_CAPACITY", "0"],
    ["ANALYTICS_CACHE_CAPACITY", "2.5"],
    ["ANALYTICS_CACHE_TTL", "999 millis"],
    ["ANALYTICS_CACHE_IDLE_TTL", "soon"],
    ["ANALYTICS_QUERY_TIMEOUT", "0 seconds"]
  ])("%s refuses %j at the start, by name", ([name, value]) =>
    Effect.gen(function* () {
      expect(String(yield* Effect.flip(read({ [name]: value })))).toContain(name)
    })
  )
})
