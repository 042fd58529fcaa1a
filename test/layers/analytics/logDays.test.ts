// Ranges beyond the log's days are clamped and share one result, which never misses a new day.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { widened } from "../../../src/layers/analytics/logDays.ts"
import { Day } from "../../../src/layers/analytics/ranges.ts"
import { activeLists, completionFunnel, dailyCounts, stages } from "../../features/todo/analytics/todoQueries.ts"
import { adjust, cached, controlledAnalytics } from "./controlledAnalytics.ts"

const day = (text: string) => Day.make(text)
const ask = (from?: string, to?: string) =>
  dailyCounts.ask({
    ...(from === undefined ? {} : { from: day(from) }),
    ...(to === undefined ? {} : { to: day(to) })
  })
const bodyOf = (from?: string, to?: string) =>
  Effect.flatMap(AnalyticsCache, (cache) => Effect.map(cache.get(ask(from, to)), ({ body }) => JSON.parse(`${body}`)))

/** For a log with these days. */
const ofDays = (first: string, last: string) => {
  const analytics = controlledAnalytics()
  analytics.setRows([{ day: "2026-11-20", eventType: "TodoAdded", count: 1 }])
  analytics.status({ days: { first, last } })
  analytics.event("TodoList")
  return analytics
}

describe("range", () => {
  it.effect("beyond the log's days is clamped to them and computed once", () => {
    const analytics = ofDays("2026-11-10", "2026-11-25")
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      for (let year = 1000; year < 1290; year++) {
        const { params, rows } = yield* bodyOf(`${year}-01-01`, `${year + 2000}-01-01`)
        expect(params).toEqual({ from: "2026-11-10", to: "2026-11-25" })
        expect(rows).toHaveLength(1)
        expect(cache.hit(ask(`${year}-01-02`, "2026-11-25"))).toBe(cache.hit(ask("2026-11-10", `${year + 2000}-02-01`)))
      }
      expect(analytics.counts.begun).toBe(1)
      expect((yield* bodyOf("2026-11-11", "2026-11-24")).params).toEqual({ from: "2026-11-11", to: "2026-11-24" })
      expect((yield* bodyOf("0000-01-01")).params).toEqual({ from: "2026-11-10" })
      expect((yield* bodyOf(undefined, "9999-12-31")).params).toEqual({ to: "2026-11-25" })
      expect((yield* bodyOf()).params).toEqual({})
      expect(analytics.counts.begun).toBe(5)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("outside of them returns no rows, or empty stages, without a query", () => {
    const analytics = ofDays("2026-11-10", "2026-11-25")
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      for (const [from, to] of [["2026-11-26"], ["2999-01-01", "3000-01-01"]]) {
        const body = yield* bodyOf(from, to)
        expect(body).toMatchObject({ sequence: 1, rows: [], params: { from: "2026-11-26", to: "2026-11-26" } })
      }
      for (const to of ["2026-11-09", "0000-01-01"]) {
        expect(yield* bodyOf(undefined, to)).toMatchObject({
          rows: [],
          params: { from: "2026-11-09", to: "2026-11-09" }
        })
      }
      const { body } = yield* cache.get(completionFunnel.ask({ from: day("2027-01-01") }))
      expect(completionFunnel.rowsOf(`${body}`)).toEqual(stages.map((stage) => ({ stage, count: 0 })))
      expect(analytics.counts.begun).toBe(0)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("of an empty log is the whole log and shows its first events", () => {
    const analytics = controlledAnalytics()
    analytics.setRows([])
    analytics.status({ days: undefined })
    return Effect.gen(function* () {
      for (let year = 1000; year < 1050; year++) expect((yield* bodyOf(`${year}-01-01`)).params).toEqual({})
      expect(analytics.counts.begun).toBe(1)
      analytics.status({ days: widened(undefined, "2026-11-25T10:00:00.000Z") })
      analytics.event("TodoList")
      expect(yield* bodyOf("2026-01-01")).toMatchObject({ sequence: 1, params: { from: "2026-11-25" } })
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("grows with the log: a new day is in the next result and in a running computation", () => {
    const analytics = ofDays("2026-11-10", "2026-11-25")
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      expect((yield* bodyOf("2026-01-01", "2027-01-01")).params.to).toBe("2026-11-25")
      const gate = yield* analytics.hold
      const underway = yield* Effect.fork(bodyOf("2026-11-12", "2027-01-01"))
      yield* adjust(0)
      analytics.unhold()
      analytics.status({ days: { first: "2026-11-10", last: "2026-11-26" } })
      analytics.event("TodoList")
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(underway)).toMatchObject({
        sequence: 2,
        params: { from: "2026-11-12", to: "2026-11-26" }
      })
      expect(cache.hit(ask("2026-01-01", "2027-01-01"))).toBeUndefined()
      expect((yield* bodyOf("2026-01-01", "2027-01-01")).params.to).toBe("2026-11-26")
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("that is watched grows too, and its result is kept while watched", () => {
    const analytics = controlledAnalytics()
    analytics.setRows([])
    analytics.status({ days: { first: "2026-11-10", last: "2026-11-25" } })
    return Effect.gen(function* () {
      const cache = yield* AnalyticsCache
      const heard: Array<string> = []
      const question = activeLists.ask({ from: day("2000-01-01"), to: day("2027-01-01") })
      yield* cache.watch(question, (news) => {
        if (news._tag === "Success") heard.push(JSON.parse(`${news.value.body}`).params.to)
      })
      yield* adjust(0)
      yield* adjust("2 minutes")
      expect(cache.hit(question)).toBeDefined()
      analytics.status({ days: { first: "2026-11-10", last: "2026-11-26" } })
      analytics.event("TodoList")
      yield* adjust("1 second")
      expect(heard).toEqual(["2026-11-25", "2026-11-26"])
    }).pipe(Effect.scoped, Effect.provide(cached(analytics)))
  })

  it.effect("is not clamped while the log's days are unknown", () => {
    const analytics = ofDays("2026-11-10", "2026-11-25")
    analytics.status({ unavailable: "it is being opened", days: undefined })
    return Effect.gen(function* () {
      expect((yield* bodyOf("2026-01-01")).params).toEqual({ from: "2026-01-01" })
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("days of the log", () => {
  it("are those of its earliest and latest event in any order", () => {
    const times = [
      "2026-11-25T23:59:59.999Z",
      "2026-11-26T00:00:00.000Z",
      "2026-11-24T00:00:00.000Z",
      "2026-11-25T00:00:00.000Z"
    ]
    const days = times.reduce<ReturnType<typeof widened> | undefined>(widened, undefined)
    expect(days).toEqual({ first: "2026-11-24", last: "2026-11-26" })
  })
})
