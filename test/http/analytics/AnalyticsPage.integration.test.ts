// The dashboard page with query results set by the test: filters, authorization and failures.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AnalyticsUnavailable, QueryTimedOut } from "../../../src/domain/AnalyticsQuery.ts"
import { ListId, todoList } from "../../../src/features/todo/TodoList.ts"
import * as AnalyticsPage from "../../../src/http/analytics/AnalyticsPage.ts"
import { Dashboard } from "../../../src/http/analytics/Dashboard.ts"
import { Subjects } from "../../../src/http/analytics/Subjects.ts"
import { Readiness } from "../../../src/http/operator/Readiness.ts"
import { exactRouter } from "../../../src/http/server/exactRouter.ts"
import { FastRouter } from "../../../src/http/server/FastRouter.ts"
import { Server } from "../../../src/http/server/Server.ts"
import { SseConnections } from "../../../src/http/sse/SseConnections.ts"
import { Queries } from "../../../src/layers/analytics/Queries.ts"
import { stackQueries } from "../../../src/layers/analytics/stackQueries.ts"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { RateLimited } from "../../../src/layers/rateLimits/RateLimits.ts"
import { settings } from "../../support.ts"
import { owner, visitors } from "../account/owner.ts"
import { mockedAnalytics } from "./analyticsMock.ts"
import { todoDashboard } from "./todoDashboard.ts"

const empty = todoList.initial

const mine = ListId.make("m".repeat(22))
const shared = ListId.make("s".repeat(22))
const title = "</select><script>milk</script>"

/** `mine` is private; `shared` belongs to another visitor and is open by link. */
const lists = todoDashboard({
  listOf: (listId) => ({
    ...empty,
    exists: listId === mine || listId === shared,
    owner: listId === mine ? owner : null,
    access: listId === mine ? "private" : "link"
  }),
  owned: [{ listId: mine, title, todos: 1, open: 1, done: 0, pinned: false, changedAt: 0 }]
})

const own = stackQueries([])
const withoutFeatures = Layer.mergeAll(Dashboard.layer(own, [], []), Subjects.layer([]), Queries.layer(own, []))

const serving = (analytics: ReturnType<typeof mockedAnalytics>, parts: Layer.Layer<Dashboard | Subjects> = lists) =>
  Server.layer.pipe(
    Layer.provide(AnalyticsPage.layer),
    Layer.provide([Readiness.layer, exactRouter, FastRouter.layer, SseConnections.layer, Assets.layerMemory]),
    Layer.provide([analytics.layer, parts, visitors]),
    Layer.provide(settings({ PORT: "0" }))
  )

const ask = (path: string, cookie = "") =>
  Effect.flatMap(Server, ({ url }) =>
    Effect.promise(async () => {
      const response = await fetch(`${url}${path}`, { headers: { cookie } })
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  )

describe("dashboard page", () => {
  it.scoped("shows a figure and a table per query and subscribes to the feed of the same range", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const { status, text } = yield* ask("/analytics?from=1970-01-01&to=1970-01-02")
      expect(status).toBe(200)
      for (const name of ["daily_counts", "completion_funnel", "time_to_complete", "active_lists", "event_rate"]) {
        expect(text).toMatch(new RegExp(`<figure class="card" id="${name}">.*?role="img" aria-label="[^"]+.*?<table>`))
      }
      expect(text).toContain('id="busiest_hours"')
      expect(text).toContain('hx-sse:connect="/analytics/feed?from=1970-01-01&amp;to=1970-01-02"')
      expect(text).toContain('name="from" value="1970-01-01"')
      expect(text).toContain("1,235")
      expect(text).toContain("1 h 1 min")
      expect(text).not.toMatch(/style=|<style|<script>/)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("defaults to the last 30 days, and an empty day means no bound", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const usual = yield* ask("/analytics")
      // The test clock starts on 1 January 1970.
      expect(usual.text).toContain('name="from" value="1969-12-03"')
      expect(usual.text).toContain('hx-sse:connect="/analytics/feed"')
      expect(usual.text).toMatch(/aria-current="page">30 days/)
      const all = yield* ask("/analytics?from=&to=&listId=")
      expect(all.text).toMatch(/aria-current="page">All/)
      expect(all.text).toContain('hx-sse:connect="/analytics/feed?from="')
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("reports invalid parameters", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const day = yield* ask("/analytics?from=<b>")
      expect(day.status).toBe(400)
      expect(day.text).toContain("from: Expected a day: YYYY-MM-DD")
      const order = yield* ask("/analytics?from=2026-02-02&to=2026-02-01")
      expect(order.status).toBe(400)
      expect(order.text).toContain("from must not be after to")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("offers the visitor's own lists by title and no others", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const own = yield* ask("/analytics", "owner")
      expect(own.text).toContain(`<option value="${mine}">&lt;/select>&lt;script>milk&lt;/script></option>`)
      expect((yield* ask("/analytics")).text).not.toMatch(/milk|mmmm/)
      const chosen = yield* ask(`/analytics?listId=${mine}`, "owner")
      expect(chosen.status).toBe(200)
      expect(chosen.text).toContain(`<option value="${mine}" selected>`)
      expect(chosen.text).not.toMatch(/id="(active_lists|event_rate)"/)
      expect(chosen.text).toContain("This is one list alone")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("shows a list's figures only to visitors who may read it", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      for (const listId of [mine, "x".repeat(22)]) {
        const { status, text } = yield* ask(`/analytics?listId=${listId}`)
        expect([status, text.includes(listId)]).toEqual([404, false])
      }
      const linked = yield* ask(`/analytics?listId=${shared}`)
      expect(linked.status).toBe(200)
      expect(linked.text).toContain("The list in the address")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("shows why one chart is unavailable beside the others", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      analytics.fail("daily_counts", new QueryTimedOut({ query: "daily_counts" }))
      const { status, text } = yield* ask("/analytics")
      expect(status).toBe(200)
      expect(text).toMatch(/id="daily_counts">.*?took too long.*?id="event_rate">.*?<table>/)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is 503 with no chart available and still subscribes to the feed", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      analytics.failAll(new AnalyticsUnavailable({ reason: "it is being opened" }))
      const { headers, status, text } = yield* ask("/analytics")
      expect([status, headers.get("retry-after")]).toEqual([503, "5"])
      expect(text).toContain("Analytics is not available: it is being opened")
      expect(text).toContain("hx-sse:connect")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is 429 beyond the network's share of the queue and still subscribes to the feed", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      analytics.failAll(new RateLimited({ retryAfter: 5 }))
      const { headers, status, text } = yield* ask("/analytics")
      expect([status, headers.get("retry-after")]).toEqual([429, "5"])
      expect(text).toContain("Please try again in 5 seconds")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("says so when there is no data", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      for (const name of ["daily_counts", "time_to_complete", "active_lists", "busiest_hours"]) analytics.set(name, [])
      const stages = ["added", "completed", "completed_within_a_day", "completed_within_an_hour"]
      analytics.set(
        "completion_funnel",
        stages.map((stage) => ({ stage, count: 0 }))
      )
      const { text } = yield* ask("/analytics")
      expect(text).toContain("Nothing has happened in these days.")
      expect(text).not.toMatch(/NaN|undefined|Infinity/)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("without features shows only the stack's charts, with neutral labels and no list filter", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const { status, text } = yield* ask("/analytics?listId=unknown", "owner")
      expect(status).toBe(200)
      expect([...text.matchAll(/<figure class="card" id="(\w+)"/g)].map(([, name]) => name)).toEqual([
        "daily_counts",
        "event_rate",
        "busiest_hours"
      ])
      expect(text).toContain("Events in the last five minutes")
      expect(text).not.toMatch(/<select|listId|\blists\b|\btodos\b/i)
    }).pipe(Effect.provide(serving(analytics, withoutFeatures)))
  })
})
