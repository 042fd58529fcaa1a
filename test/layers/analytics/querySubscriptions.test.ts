// Watched results through the cache: when they are recomputed, and who is notified.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { AnalyticsUnavailable } from "../../../src/domain/AnalyticsQuery.ts"
import { AnalyticsCache, type QueryResultListener } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { adjust, cached, controlledAnalytics, query } from "./controlledAnalytics.ts"

const any = query("any")
const question = any.ask({})
const unavailable = new AnalyticsUnavailable({ reason: "the disk is full" })

/** A listener and what it received: positions, and the tags of failures. */
const makeListener = () => {
  const heard: Array<number | string> = []
  const listener: QueryResultListener = Exit.match({
    onFailure: (cause) => heard.push(String(cause).includes("the disk is full") ? "failed" : "defect"),
    onSuccess: ({ sequence }) => heard.push(sequence)
  })
  return { heard, listener }
}

/** Watches until `stop`. */
const watching = (asked = question) =>
  Effect.gen(function* () {
    const cache = yield* AnalyticsCache
    const scope = yield* Scope.make()
    const { heard, listener } = makeListener()
    yield* Scope.extend(cache.watch(asked, listener), scope)
    yield* adjust(0)
    return { heard, stop: Effect.zipRight(Scope.close(scope, Exit.void), adjust(0)) }
  })

describe("watch", () => {
  it.effect("emits the result, and a new one after each event that it depends on", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const { heard } = yield* watching(query("of_lists", { dependsOn: ["TodoList"] }).ask({}))
      expect(heard).toEqual([0])
      yield* adjust("10 seconds")
      analytics.event("TodoListArchive")
      yield* adjust("10 seconds")
      expect(heard).toEqual([0])
      for (const position of [2, 3]) {
        analytics.event("TodoList")
        yield* adjust(0)
        expect(heard.at(-1)).toBe(position)
        yield* adjust("10 seconds")
      }
      expect(heard).toEqual([0, 2, 3])
      expect(analytics.counts.begun).toBe(3)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("recomputes once per `minRefreshInterval` under load, and finally as of the last event", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const { heard } = yield* watching()
      const rare = yield* watching(query("rare", { minRefreshInterval: "2500 millis" }).ask({}))
      for (let tenth = 0; tenth < 50; tenth++) {
        for (let event = 0; event < 100; event++) analytics.event("TodoList")
        yield* adjust("100 millis")
      }
      expect(heard).toEqual([0, 1000, 2000, 3000, 4000, 5000])
      expect(rare.heard).toEqual([0, 2500, 5000])
      yield* adjust("1 minute")
      expect([heard.at(-1), rare.heard.at(-1)]).toEqual([5000, 5000])
      expect(analytics.counts.begun).toBe(9)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("is shared by watchers and callers of a query; a new watcher gets the result at once", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const first = yield* watching()
      yield* adjust("2 seconds")
      const second = yield* watching(any.ask({}))
      const other = yield* watching(any.ask({ of: "milk" }))
      expect([first.heard, second.heard, other.heard]).toEqual([[0], [0], [0]])
      analytics.event("TodoList")
      yield* adjust("1 second")
      expect([first.heard, second.heard, other.heard]).toEqual([
        [0, 1],
        [0, 1],
        [0, 1]
      ])
      expect((yield* cache.get(question)).sequence).toBe(1)
      expect(analytics.counts.begun).toBe(4)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("continues when one watcher leaves and ends with the last one", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const [first, second] = yield* Effect.all([watching(), watching()])
      yield* first.stop
      analytics.event("TodoList")
      yield* adjust("1 second")
      expect([first.heard, second.heard]).toEqual([[0], [0, 1]])
      yield* second.stop
      analytics.event("TodoList")
      yield* adjust("1 minute")
      expect(analytics.counts.begun).toBe(2)
      const third = yield* watching()
      expect(third.heard).toEqual([2])
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("interrupts its computation when the last watcher leaves", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      yield* Effect.asVoid(analytics.hold)
      const [first, second] = yield* Effect.all([watching(), watching()])
      yield* first.stop
      expect(analytics.counts).toEqual({ begun: 1, interrupted: 0 })
      yield* second.stop
      expect(analytics.counts).toEqual({ begun: 1, interrupted: 1 })
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("emits a failure and retries every second until it succeeds", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      analytics.fail(unavailable)
      const { heard } = yield* watching()
      yield* adjust("999 millis")
      expect(heard).toEqual(["failed"])
      yield* adjust("1 millis")
      expect(heard).toEqual(["failed", "failed"])
      const late = yield* watching()
      expect(late.heard).toEqual(["failed"])
      analytics.fail(undefined)
      yield* adjust("1 second")
      expect(heard).toEqual(["failed", "failed", 0])
      expect(late.heard).toEqual(["failed", 0])
      analytics.fail(unavailable)
      analytics.event("TodoList")
      yield* adjust("1 second")
      expect(heard.slice(3)).toEqual(["failed"])
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("emits the kept result again after a failure without recomputing", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      yield* cache.get(question)
      analytics.status({ unavailable: "it is being opened" })
      analytics.fail(unavailable)
      const { heard } = yield* watching()
      analytics.status({ unavailable: undefined })
      yield* adjust("1 second")
      expect(heard).toEqual(["failed", 0])
      expect(analytics.counts.begun).toBe(2)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("recomputes by `validFor` where the result depends on the clock, else by time to live", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const moving = yield* watching(query("moving", { validFor: "1 second" }).ask({}))
      const still = yield* watching()
      for (let second = 0; second < 5; second++) yield* adjust("1 second")
      expect([moving.heard.length, still.heard.length]).toEqual([6, 1])
      yield* adjust("4999 millis")
      expect(still.heard.length).toBe(1)
      yield* adjust("1 millis")
      expect(still.heard.length).toBe(2)
    }).pipe(Effect.provide(cached(analytics, { ANALYTICS_CACHE_TTL: "10 seconds" })))
  })

  it.effect("keeps its result from expiring as idle", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const { stop } = yield* watching()
      yield* adjust("2 minutes")
      expect(cache.stats().entries).toBe(1)
      yield* stop
      expect(cache.hit(question)).toBeUndefined()
      yield* adjust("10 seconds")
      expect(cache.stats().entries).toBe(0)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("handles an event that arrives during the computation", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const { heard } = yield* watching()
      analytics.event("TodoList")
      analytics.unhold()
      yield* Deferred.succeed(gate, undefined)
      yield* adjust("999 millis")
      expect(heard).toEqual([0])
      yield* adjust("1 millis")
      expect(heard).toEqual([0, 1])
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("emits after a rebuild, although its position is lower than before", () => {
    const analytics = controlledAnalytics()
    return Effect.gen(function* () {
      for (let event = 0; event < 5; event++) analytics.event("TodoList")
      const { heard } = yield* watching()
      yield* adjust("2 seconds")
      analytics.anew(3, "TodoList")
      yield* adjust("1 second")
      expect(heard).toEqual([5, 3])
    }).pipe(Effect.provide(cached(analytics)))
  })
})
