// The dashboard's feed; the test controls the query results and their updates.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { createParser } from "eventsource-parser"
import { AnalyticsUnavailable } from "../../../src/domain/AnalyticsQuery.ts"
import { type Access, ListId, todoList } from "../../../src/features/todo/TodoList.ts"
import * as AnalyticsFeed from "../../../src/http/analytics/AnalyticsFeed.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { logWithHead, owner, session, visitors } from "../account/owner.ts"
import { bodyOf, get, listening, type RawClient, routeDependencies, until } from "../fastRouter.ts"
import { mockedAnalytics } from "./analyticsMock.ts"
import { todoDashboard } from "./todoDashboard.ts"

const empty = todoList.initial

const listId = ListId.make("a".repeat(22))
const sessions = Layer.mock(SessionStore, { get: () => Effect.succeed(Option.some(session)) })

/** A single list with an access level set by the test. */
const oneList = () => {
  let access: Access = "link"
  const listeners = new Set<(listId: ListId) => void>()
  const layer = todoDashboard({
    listOf: (id) => ({ ...empty, exists: id === listId, owner, access }),
    onChange: (listener) => listeners.add(listener)
  })
  const set = (to: Access) => {
    access = to
    for (const listener of listeners) listener(listId)
  }
  return { layer, set }
}

const serving = (analytics: ReturnType<typeof mockedAnalytics>, lists = oneList()) =>
  AnalyticsFeed.layer.pipe(
    Layer.provideMerge(routeDependencies()),
    Layer.provide([analytics.layer, lists.layer, visitors, sessions, logWithHead(3)])
  )

/** The messages received, without heartbeats. */
const messagesOf = (client: RawClient) => {
  const found: Array<{ readonly id: string | undefined; readonly data: string }> = []
  createParser({ onEvent: ({ data, event, id }) => event === undefined && found.push({ id, data }) }).feed(
    bodyOf(client).toString()
  )
  return found
}
const has = (client: RawClient, count: number) => until(() => messagesOf(client).length >= count)
const statusOf = (client: RawClient) => Number(client.text().split(" ")[1])
const dayMillis = 86_400_000
const day = (count: number) => [{ day: "1970-01-01", eventType: "TodoAdded", count }]

describe("dashboard feed", () => {
  it.scoped("starts with the full dashboard and then sends only changed charts", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const client = yield* get(yield* listening, "/analytics/feed")
      yield* has(client, 1)
      analytics.set("daily_counts", day(4321))
      yield* has(client, 2)
      const [first, second] = messagesOf(client)
      for (const id of ["daily_counts", "event_rate", "completion_funnel", "time_to_complete", "active_lists"]) {
        expect(first?.data).toContain(`id="${id}"`)
      }
      expect(first?.data).toMatch(/id="busiest_hours".*<td class="heat-5"/)
      expect(first?.data).toContain('data-value="1234">1,234</td>')
      expect(first?.id).toBe("1")
      expect(second?.data).toContain('data-value="4321">4,321</td>')
      expect(second?.data.match(/hx-target="#\w+"/g)).toEqual(['hx-target="#daily_counts"', 'hx-target="#headline"'])
      // The smallest position among the charts: the others still show the first event.
      expect(second?.id).toBe("1")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("sends its position first and resets a client that is ahead of the log", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const port = yield* listening
      const openings: Array<string | undefined> = []
      for (const id of ["0", "3", "4"]) {
        const client = yield* get(port, "/analytics/feed", { "last-event-id": id })
        yield* has(client, 1)
        openings.push(bodyOf(client).toString().split("data: <")[0])
      }
      expect(openings).toEqual([
        "id: 0\n\nretry: 1000\nid: 1\n",
        "id: 1\n\nretry: 1000\nid: 1\n",
        'id: 1\n\nretry: 1000\nevent: reset\nid: 3\ndata: {"reason":"beyond-head","head":3}\n\nid: 1\n'
      ])
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("shares watches between clients with equal filters until the last one leaves", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const port = yield* listening
      const a = yield* get(port, "/analytics/feed?from=1970-01-01")
      const b = yield* get(port, "/analytics/feed?to=&from=1970-01-01&listId=")
      yield* has(a, 1)
      yield* has(b, 1)
      expect(analytics.opened.length).toBe(6)
      a.socket.destroy()
      analytics.set("daily_counts", day(2))
      yield* has(b, 2)
      expect(analytics.watched()).toBe(6)
      b.socket.destroy()
      yield* until(() => analytics.watched() === 0)
      const c = yield* get(port, "/analytics/feed?from=1970-01-01")
      yield* has(c, 1)
      expect(messagesOf(c)[0]?.data).toContain(">2</td>")
      expect(analytics.opened.length).toBe(12)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("sends a new client the full current dashboard without repeating it to others", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const port = yield* listening
      const a = yield* get(port, "/analytics/feed")
      yield* has(a, 1)
      analytics.set("active_lists", [{ day: "1970-01-01", lists: 77 }])
      yield* has(a, 2)
      const b = yield* get(port, "/analytics/feed")
      yield* has(b, 1)
      expect(messagesOf(b)[0]?.data).toContain(">77</td>")
      expect(messagesOf(b)[0]?.data).toContain('id="daily_counts"')
      expect(messagesOf(a).length).toBe(2)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("sends nothing when the rendering is unchanged and merges bursts into one message", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const client = yield* get(yield* listening, "/analytics/feed")
      yield* has(client, 1)
      analytics.set("daily_counts", day(1))
      yield* has(client, 2)
      analytics.set("daily_counts", day(1))
      for (let count = 2; count <= 500; count++) analytics.set("active_lists", [{ day: "1970-01-01", lists: count }])
      yield* until(() => client.text().includes(">500</td>"))
      expect(messagesOf(client).length).toBe(3)
      expect(messagesOf(client)[2]?.data).not.toContain("daily_counts")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("shows why a chart is unavailable and restores it afterwards", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const client = yield* get(yield* listening, "/analytics/feed")
      yield* has(client, 1)
      analytics.fail("daily_counts", new AnalyticsUnavailable({ reason: "<the disk> is full" }))
      yield* has(client, 2)
      expect(messagesOf(client)[1]?.data).toContain("Analytics is not available: &lt;the disk> is full")
      expect(messagesOf(client)[1]?.data).not.toContain("1,234")
      analytics.set("daily_counts", day(99))
      yield* has(client, 3)
      expect(messagesOf(client)[2]?.data).toContain(">99</td>")
      expect(client.isClosed()).toBe(false)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("escapes event types and does not reveal the list id", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const eventType = '<img src=x onerror="alert(1)">'
      analytics.set("daily_counts", [{ day: "1970-01-01", eventType, count: 1 }])
      const client = yield* get(yield* listening, `/analytics/feed?listId=${listId}`)
      yield* has(client, 1)
      expect(messagesOf(client)[0]?.data).toContain("&lt;img src=x")
      expect(messagesOf(client)[0]?.data).not.toContain("<img")
      expect(messagesOf(client)[0]?.data).not.toContain(listId)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("shows a list's figures only while the client may read the list", () => {
    const analytics = mockedAnalytics()
    const lists = oneList()
    return Effect.gen(function* () {
      const port = yield* listening
      const other = yield* get(port, `/analytics/feed?listId=${listId}`)
      const mine = yield* get(port, `/analytics/feed?listId=${listId}`, { cookie: "owner" })
      const all = yield* get(port, "/analytics/feed")
      yield* Effect.forEach([other, mine, all], (client) => has(client, 1))
      expect(messagesOf(other)[0]?.data).not.toMatch(/id="(active_lists|event_rate)"/)
      // Immediately, not at the next update.
      lists.set("private")
      yield* until(other.isClosed)
      analytics.set("daily_counts", day(5))
      yield* has(mine, 2)
      yield* has(all, 2)
      expect(messagesOf(other).length).toBe(1)
      const late = yield* get(port, `/analytics/feed?listId=${listId}`)
      yield* until(() => late.text().includes("\r\n\r\n"))
      expect(statusOf(late)).toBe(404)
    }).pipe(Effect.provide(serving(analytics, lists)))
  })

  it.scoped("ends when the default date range moves, so that the browser reconnects", () => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const port = yield* listening
      const usual = yield* get(port, "/analytics/feed")
      const fixed = yield* get(port, "/analytics/feed?from=1970-01-01")
      yield* has(usual, 1)
      yield* has(fixed, 1)
      yield* TestClock.adjust("5 seconds")
      yield* until(usual.isClosed)
      analytics.set("daily_counts", day(5))
      yield* has(fixed, 2)
    }).pipe(Effect.provide(serving(analytics)), (test) => Effect.zipRight(TestClock.setTime(dayMillis - 5000), test))
  })

  it.scoped.each([
    ["?from=yesterday", "from: Expected a day: YYYY-MM-DD"],
    ["?to=2026-02-30", "to: Expected a day: YYYY-MM-DD"],
    ["?from=2026-02-02&to=2026-02-01", "from must not be after to"]
  ])("%s is 400", ([query, message]) => {
    const analytics = mockedAnalytics()
    return Effect.gen(function* () {
      const client = yield* get(yield* listening, `/analytics/feed${query}`)
      yield* until(() => client.text().includes("</html>"))
      expect(statusOf(client)).toBe(400)
      expect(client.text()).toContain(message)
      expect(client.text()).not.toContain("<b>")
      expect(analytics.opened).toEqual([])
    }).pipe(Effect.provide(serving(analytics)))
  })
})
