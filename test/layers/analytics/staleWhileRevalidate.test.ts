// Stale results, returned while a new one is computed, for queries that allow it.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { QueryTimedOut } from "../../../src/domain/AnalyticsQuery.ts"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { adjust, cached, controlledAnalytics, query } from "./controlledAnalytics.ts"

const staleAllowed = query("patient", { staleWhileRevalidate: true })
const question = staleAllowed.ask({})
const sequence = Effect.map(
  Effect.flatMap(AnalyticsCache, ({ get }) => get(question)),
  (answer) => answer.sequence
)

describe("stale-while-revalidate", () => {
  it.effect("returns the stale result immediately and the new one once computed", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      expect(yield* sequence).toBe(0)
      analytics.event("TodoList")
      yield* adjust("1 second")
      const gate = yield* analytics.hold
      for (let time = 0; time < 3; time++) expect(yield* sequence).toBe(0)
      expect(analytics.counts.begun).toBe(2)
      yield* Deferred.succeed(gate, undefined)
      yield* adjust(0)
      expect(yield* sequence).toBe(1)
      expect(analytics.counts).toEqual({ begun: 2, interrupted: 0 })
      expect(cache.stats().queries.get("patient")).toMatchObject({ hits: 4, misses: 1, loads: 2 })
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("is per query: callers of other queries wait", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const strict = query("strict").ask({})
      yield* cache.get(strict)
      analytics.event("TodoList")
      yield* adjust("1 second")
      expect((yield* cache.get(strict)).sequence).toBe(1)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("keeps returning the stale result after a failure and retries", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* sequence
      analytics.event("TodoList")
      yield* adjust("1 second")
      analytics.fail(new QueryTimedOut({ query: "patient" }))
      expect([yield* sequence, yield* sequence]).toEqual([0, 0])
      yield* adjust(0)
      expect(cache.stats().queries.get("patient")?.failures).toBe(2)
      analytics.fail(undefined)
      expect(yield* sequence).toBe(0)
      yield* adjust(0)
      expect(yield* sequence).toBe(1)
    }).pipe(Effect.provide(cached(analytics)), Effect.provide(Logger.remove(Logger.defaultLogger)))
  })

  it.effect("ends with the time to live: later callers wait", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      yield* sequence
      analytics.event("TodoList")
      const gate = yield* analytics.hold
      for (let time = 0; time < 5; time++) {
        yield* adjust("11999 millis")
        expect(yield* sequence).toBe(0)
      }
      yield* adjust("5 millis")
      const waiting = yield* Effect.fork(sequence)
      yield* adjust(0)
      expect(Option.isNone(yield* Fiber.poll(waiting))).toBe(true)
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(waiting)).toBe(1)
      expect(analytics.counts.begun).toBe(2)
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_TTL: "1 minute" })))
  })

  it.effect("ends with the idle time", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      yield* sequence
      analytics.event("TodoList")
      yield* adjust("5 seconds")
      expect(yield* sequence).toBe(1)
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_IDLE_TTL: "5 seconds" })))
  })
})
