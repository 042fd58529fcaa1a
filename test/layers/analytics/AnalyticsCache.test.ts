// The analytics cache: lifetimes, invalidation and capacity. The test controls the rows.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { AnalyticsUnavailable, QueryTimedOut } from "../../../src/domain/AnalyticsQuery.ts"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { adjust, cached, controlledAnalytics, query } from "./controlledAnalytics.ts"

const any = query("any")
const onLists = query("of_lists", { dependsOn: ["TodoList"] })
const question = any.ask({})
const unavailable = new AnalyticsUnavailable({ reason: "its file is gone" })

/** The texts of the rows that the cache returns. */
const texts = (cache: AnalyticsCache["Type"], asked = question) =>
  Effect.map(cache.get(asked), ({ body }) =>
    any.rowsOf(body.toString().replace(asked.name, "any")).map((it) => it.text)
  )

describe("cached result", () => {
  it.effect("is encoded as JSON once: later callers and `hit` get the same bytes", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const asked = any.ask({ of: "milk" })
      analytics.event("TodoList")
      expect(cache.hit(asked)).toBeUndefined()
      const first = yield* cache.get(asked)
      expect(first.body.toString()).toBe(
        '{"query":"any","params":{"of":"milk"},"sequence":1,"rows":[{"text":"first"}]}'
      )
      expect((yield* cache.get(asked)).body).toBe(first.body)
      expect(cache.hit(any.ask({ of: "milk" }))?.body).toBe(first.body)
      expect(analytics.counts.begun).toBe(1)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("has a strong ETag that changes exactly with its bytes", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const { etag } = yield* cache.get(question)
      expect(etag).toMatch(/^"[\w-]{22}"$/)
      yield* adjust("1 second")
      const again = yield* cache.get(question)
      expect([again.etag, again.computedAt]).toEqual([etag, 1000])
      expect((yield* cache.get(any.ask({ of: "x" }))).etag).not.toBe(etag)
      analytics.rows("second")
      yield* adjust("1 second")
      expect((yield* cache.get(question)).etag).not.toBe(etag)
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_TTL: "1 second" })))
  })

  it.effect("is kept without rows as well, while a failure is not", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      for (const failure of [unavailable, new QueryTimedOut({ query: "any" })]) {
        analytics.fail(failure)
        expect(yield* Effect.flip(cache.get(question))).toEqual(failure)
      }
      analytics.fail(undefined)
      analytics.rows()
      expect(yield* texts(cache)).toEqual([])
      expect(yield* texts(cache)).toEqual([])
      expect(analytics.counts.begun).toBe(3)
      expect(cache.stats().queries.get("any")).toMatchObject({ failures: 2, loads: 1, hits: 1, misses: 3 })
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("is withheld while analytics is unavailable and returned afterwards", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const patient = query("patient", { staleWhileRevalidate: true }).ask({})
      const kept = yield* cache.get(patient)
      analytics.status({ unavailable: "it is being opened" })
      analytics.fail(unavailable)
      expect(cache.hit(patient)).toBeUndefined()
      expect(yield* Effect.flip(cache.get(patient))).toEqual(unavailable)
      analytics.status({ unavailable: undefined })
      expect(cache.hit(patient)).toBe(kept)
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("lifetime of a result", () => {
  it.effect("ends with its time to live, however often it is used", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      for (let second = 30; second < 300; second += 30) {
        yield* adjust("30 seconds")
        expect(cache.hit(question)).toBeDefined()
      }
      yield* adjust("29999 millis")
      expect(cache.hit(question)).toBeDefined()
      yield* adjust("1 millis")
      expect(cache.hit(question)).toBeUndefined()
      yield* cache.get(question)
      expect(analytics.counts.begun).toBe(2)
      expect(cache.stats().queries.get("any")?.evictions).toMatchObject({ ttl: 1, idle: 0, invalidation: 0 })
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("ends after its idle time; each use restarts it", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      for (let use = 0; use < 2; use++) {
        yield* adjust("19999 millis")
        expect(cache.hit(question)).toBeDefined()
      }
      yield* adjust("20 seconds")
      expect(cache.hit(question)).toBeUndefined()
      yield* cache.get(question)
      expect(analytics.counts.begun).toBe(2)
      expect(cache.stats().queries.get("any")?.evictions).toMatchObject({ ttl: 0, idle: 1 })
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_IDLE_TTL: "20 seconds" })))
  })

  it.effect("is the query's `validFor` where the result depends on the clock", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const moving = query("moving", { validFor: "1 second" }).ask({})
      const long = query("long", { validFor: "1 hour" }).ask({})
      yield* Effect.all([cache.get(moving), cache.get(long)])
      yield* adjust("999 millis")
      expect(cache.hit(moving)).toBeDefined()
      yield* adjust("1 millis")
      expect(cache.hit(moving)).toBeUndefined()
      expect(cache.hit(long)).toBeDefined()
      yield* adjust("1 minute")
      expect(cache.hit(long)).toBeUndefined()
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_TTL: "1 minute" })))
  })

  it.effect("ends with removal", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* Effect.all([cache.get(question), cache.get(query("moving", { validFor: "1 second" }).ask({}))])
      expect(cache.stats().entries).toBe(2)
      yield* adjust("10 seconds")
      expect(cache.stats().entries).toBe(1)
      yield* adjust("50 seconds")
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
      expect(cache.stats().queries.get("any")?.evictions).toMatchObject({ ttl: 0, idle: 1 })
      expect(cache.stats().queries.get("moving")?.evictions).toMatchObject({ ttl: 1, idle: 0 })
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("event", () => {
  it.effect("invalidates results that depend on its exact aggregate type, and no others", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const both = query("both", { dependsOn: ["TodoListArchive", "TodoList"] }).ask({})
      const asked = [onLists.ask({}), question, both, query("none", { dependsOn: [] }).ask({})]
      const kept = () => asked.filter((it) => cache.hit(it) !== undefined).map((it) => it.name)
      const afterEvent = (...types: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          yield* Effect.forEach(asked, (it) => cache.get(it))
          analytics.event(...types)
          yield* adjust("1 second")
          return kept()
        })
      expect(yield* afterEvent("TodoListArchive")).toEqual(["of_lists", "none"])
      expect(yield* afterEvent("Todo")).toEqual(["of_lists", "both", "none"])
      expect(yield* afterEvent("todolist")).toEqual(["of_lists", "both", "none"])
      expect(yield* afterEvent("Other", "TodoList")).toEqual(["none"])
      yield* Effect.forEach(asked, (it) => cache.get(it))
      const invalidations = ["of_lists", "any", "both", "none"].map(
        (name) => cache.stats().queries.get(name)?.evictions.invalidation
      )
      expect(invalidations).toEqual([1, 4, 2, 0])
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("causes one recomputation per `minRefreshInterval`, also for a thousand events", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const rare = query("rare", { minRefreshInterval: "2500 millis" }).ask({})
      for (let tenth = 0; tenth < 50; tenth++) {
        for (let event = 0; event < 100; event++) {
          analytics.event("TodoList")
          yield* Effect.all([cache.get(question), cache.get(rare)])
        }
        yield* adjust("100 millis")
      }
      // At 0, 1, 2, 3 and 4 seconds; at 0 and 2.5.
      expect(analytics.asked.filter((it) => it === "any").length).toBe(5)
      expect(analytics.asked.filter((it) => it === "rare").length).toBe(2)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("stays effective after a computation that started before it", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const gate = yield* analytics.hold
      const early = yield* Effect.fork(texts(cache))
      yield* adjust("500 millis")
      analytics.rows("second")
      analytics.event("TodoList")
      yield* adjust("499 millis")
      yield* Deferred.succeed(gate, undefined)
      analytics.unhold()
      expect(yield* Fiber.join(early)).toEqual(["first"])
      // The result is as of position 0 and less than a second old.
      expect(cache.hit(question)?.sequence).toBe(0)
      yield* adjust("1 millis")
      expect(cache.hit(question)).toBeUndefined()
      expect(yield* texts(cache)).toEqual(["second"])
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("from before the cache started invalidates nothing", () => {
    const analytics = controlledAnalytics()
    analytics.event("TodoList")
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      expect((yield* cache.get(question)).sequence).toBe(1)
      yield* adjust("10 seconds")
      expect(cache.hit(question)).toBeDefined()
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("rebuild", () => {
  it.effect("invalidates everything, whatever its dependencies and positions", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const patient = query("patient", { staleWhileRevalidate: true, dependsOn: ["Other"] }).ask({})
      analytics.event("TodoList")
      analytics.event("TodoList")
      yield* Effect.all([cache.get(question), cache.get(patient)])
      analytics.rows("anew")
      analytics.anew(1, "TodoList")
      expect([cache.hit(question), cache.hit(patient)]).toEqual([undefined, undefined])
      expect(yield* texts(cache)).toEqual(["anew"])
      expect(yield* texts(cache, patient)).toEqual(["anew"])
      // Positions of the old rows are cleared: no event is known since.
      yield* adjust("1 second")
      expect(cache.hit(question)?.sequence).toBe(1)
      expect(cache.stats().queries.get("any")?.evictions.invalidation).toBe(1)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("invalidates before the first event is ingested", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      analytics.status({ epoch: 1 })
      expect(cache.hit(question)).toBeUndefined()
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("allows caching, also while the log is empty", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      analytics.status({ epoch: 1 })
      const first = yield* cache.get(question)
      expect(yield* cache.get(question)).toBe(first)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("leaves no old result behind after its time to live", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      analytics.anew(1)
      yield* adjust("10 seconds")
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_TTL: "10 seconds" })))
  })
})
