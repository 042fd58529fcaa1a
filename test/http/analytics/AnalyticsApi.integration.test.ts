// The analytics API over HTTP, with real router and cache; the test sets rows, lists and actors.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { AnalyticsUnavailable, QueryTimedOut } from "../../../src/domain/AnalyticsQuery.ts"
import { ListId, todoList } from "../../../src/features/todo/TodoList.ts"
import * as AnalyticsApi from "../../../src/http/analytics/AnalyticsApi.ts"
import { maxQueued, maxQueuedPerNetwork } from "../../../src/layers/analytics/Analytics.ts"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { queries } from "../../features/todo/analytics/todoQueries.ts"
import { type Controlled, controlledAnalytics } from "../../layers/analytics/controlledAnalytics.ts"
import { owner, visitors } from "../account/owner.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { parse } from "../raw.ts"
import { todoDashboard } from "./todoDashboard.ts"

const empty = todoList.initial

const listId = ListId.make("a".repeat(22))
/** A single private list. */
const lists = todoDashboard({ listOf: (id) => ({ ...empty, exists: id === listId, owner, access: "private" }) })
const serving = ({ layer }: Controlled, overrides: Record<string, string> = {}) =>
  AnalyticsApi.layer.pipe(
    Layer.provide(AnalyticsCache.layer),
    Layer.provide(lists),
    Layer.provideMerge(routeDependencies(overrides)),
    Layer.provide([layer, visitors]),
    Layer.provide(Logger.remove(Logger.defaultLogger))
  )

/** A complete response. */
const ask = (port: number, target: string, headers: Record<string, string> = {}, method = "GET") =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* get(port, target, { connection: "close", ...headers }, method)
      yield* until(client.isClosed)
      const { headers: all, ...answer } = parse(client.text())
      return { ...answer, header: (name: string) => all.get(name)?.join(" and ") }
    })
  )
const daily = "/api/analytics/daily_counts"
const rows = [
  { day: "2026-11-24", eventType: "TodoAdded", count: 12 },
  { day: "2026-11-25", eventType: 'a, "b"\nc', count: 1 }
]
/** Analytics with these rows, at position 1. */
const analyticsOf = (some: ReadonlyArray<unknown> = rows) => {
  const analytics = controlledAnalytics()
  analytics.setRows(some)
  analytics.event("TodoList")
  return analytics
}

describe("query result", () => {
  it.scoped("contains query, parameters, position and rows; a miss first, then a hit", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      const path = `${daily}?to=2026-11-25&from=2026-11-24`
      const first = yield* ask(port, path)
      expect(first.status).toBe(200)
      expect(first.header("content-type")).toBe("application/json")
      expect(first.body).toBe(
        JSON.stringify({
          query: "daily_counts",
          params: { from: "2026-11-24", to: "2026-11-25" },
          sequence: 1,
          rows
        })
      )
      expect(first.header("server-timing")).toBe("cache;desc=miss, db;dur=0")
      yield* TestClock.adjust("2999 millis")
      // The same URL, now cached, and an equal query spelled differently.
      for (const same of [path, `${daily}?from=2026-11-24&to=2026-11-25`]) {
        const again = yield* ask(port, same)
        expect([again.status, again.body]).toEqual([200, first.body])
        expect(again.header("server-timing")).toBe("cache;desc=hit")
        expect(again.header("etag")).toBe(first.header("etag"))
        expect([first.header("age"), again.header("age")]).toEqual(["0", "2"])
      }
      expect(analytics.counts.begun).toBe(1)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("clamps a range to the log's days and returns identical bytes for all such ranges", () => {
    const analytics = analyticsOf()
    analytics.status({ days: { first: "2026-11-20", last: "2026-11-25" } })
    return Effect.gen(function* () {
      const port = yield* listening
      const within = yield* ask(port, `${daily}?from=2026-11-20&to=2026-11-25`)
      const beyond = yield* ask(port, `${daily}?from=2000-01-01&to=2030-01-01`)
      expect(JSON.parse(beyond.body).params).toEqual({ from: "2026-11-20", to: "2026-11-25" })
      expect([beyond.body, beyond.header("etag")]).toEqual([within.body, within.header("etag")])
      const outside = yield* ask(port, `${daily}?from=2027-01-01`)
      expect([outside.status, JSON.parse(outside.body).rows]).toEqual([200, []])
      expect(analytics.counts.begun).toBe(1)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("has caching headers and the common headers", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      for (let time = 0; time < 3; time++) {
        const { header } = yield* ask(port, daily)
        expect([header("cache-control"), header("vary")]).toEqual(["no-cache", "accept"])
        expect(header("x-content-type-options")).toBe("nosniff")
        expect(header("set-cookie")).toBeUndefined()
      }
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("returns GET's headers and no body to HEAD, cached or not", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      const before = yield* ask(port, daily, {}, "HEAD")
      const whole = yield* ask(port, daily)
      const after = yield* ask(port, daily, {}, "HEAD")
      for (const head of [before, after]) {
        expect([head.status, head.body]).toEqual([200, ""])
        for (const name of ["etag", "content-type", "cache-control", "vary", "content-length"]) {
          expect([name, head.header(name)]).toEqual([name, whole.header(name)])
        }
      }
      expect(whole.header("content-length")).toBe(String(Buffer.byteLength(whole.body)))
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped.each(["json", "csv"])("returns 304 with caching headers and no body for %s that matches", (form) => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      const accept = { accept: form === "csv" ? "text/csv" : "application/json" }
      const etag = (yield* ask(port, daily, accept)).header("etag") ?? ""
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"a",W/${etag} , "b"`, "*"]) {
        const answer = yield* ask(port, daily, { ...accept, "if-none-match": known })
        expect([known, answer.status, answer.body]).toEqual([known, 304, ""])
        expect(answer.header("etag")).toBe(etag)
        expect([answer.header("cache-control"), answer.header("vary")]).toEqual(["no-cache", "accept"])
        expect([answer.header("content-length"), answer.header("content-type")]).toEqual([undefined, undefined])
      }
      for (const other of ['"other"', etag.slice(1, -1), `x${etag}`, "", `${etag.slice(0, -1)}x"`]) {
        expect((yield* ask(port, daily, { ...accept, "if-none-match": other })).status).toBe(200)
      }
      // A changed result is sent in full.
      analytics.setRows([])
      analytics.event("TodoList")
      yield* TestClock.adjust("1 second")
      const changed = yield* ask(port, daily, { ...accept, "if-none-match": etag })
      expect(changed.status).toBe(200)
      expect(changed.header("etag")).not.toBe(etag)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is CSV (RFC 4180, with a header row and its own ETag) when Accept prefers it", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      const csv = yield* ask(port, daily, { accept: "Text/CSV;q=1, */*" })
      expect(csv.header("content-type")).toBe("text/csv; charset=utf-8")
      expect(csv.body).toBe('day,eventType,count\r\n2026-11-24,TodoAdded,12\r\n2026-11-25,"a, ""b""\nc",1\r\n')
      expect(csv.header("vary")).toBe("accept")
      const refused = yield* ask(port, daily, { accept: "*/*;q=0" })
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([406, "NOT_ACCEPTABLE"])
      expect((yield* ask(port, daily, { accept: "text/csv", "if-match": '"other"' })).status).toBe(412)
      for (const accept of ["application/json, text/csv", "*/*", "text/csvx", "text/html", "text/csv;q=0", "*/*;q"]) {
        const json = yield* ask(port, daily, { accept })
        expect([accept, json.header("content-type")]).toEqual([accept, "application/json"])
        expect(json.header("etag")).not.toBe(csv.header("etag"))
        expect((yield* ask(port, daily, { accept, "if-none-match": csv.header("etag") ?? "" })).status).toBe(200)
      }
      expect(analytics.counts.begun).toBe(1)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is a CSV header row when there are no rows", () =>
    Effect.gen(function* () {
      const { body } = yield* ask(yield* listening, daily, { accept: "text/csv" })
      expect(body).toBe("day,eventType,count\r\n")
    }).pipe(Effect.provide(serving(analyticsOf([]))))
  )

  it.scoped("reports a stale result as a hit with its age", () => {
    const analytics = analyticsOf([])
    return Effect.gen(function* () {
      const port = yield* listening
      const path = "/api/analytics/time_to_complete"
      yield* ask(port, path)
      analytics.event("TodoList")
      yield* TestClock.adjust("5 seconds")
      yield* Effect.asVoid(analytics.hold)
      const stale = yield* ask(port, path)
      expect(stale.body).toContain('"sequence":1,')
      expect(stale.header("age")).toBe("5")
      expect(stale.header("server-timing")).toContain("cache;desc=hit")
    }).pipe(Effect.provide(serving(analytics)))
  })
})

describe("failed query", () => {
  it.scoped.each([
    ["?from=yesterday", "from: Expected a day: YYYY-MM-DD"],
    ["?to=2026-02-30", "to: Expected a day: YYYY-MM-DD"],
    ["?from=", "from: Expected a day: YYYY-MM-DD"],
    ["?from=2026-02-02&to=2026-02-01", "from must not be after to"],
    ["?since=2026-02-02", "since: is unexpected"],
    ["?from=2026-02-01&from=2026-02-02", "from: Expected a string"],
    ["?from[]=2026-02-01", "from[]: is unexpected"]
  ])("%s is 400 without a computation", ([query, message]) => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      for (let time = 0; time < 2; time++) {
        const { body, header, status } = yield* ask(port, `${daily}${query}`)
        expect([status, header("content-type")]).toEqual([400, "application/problem+json"])
        expect(JSON.parse(body)).toMatchObject({ code: "VALIDATION_FAILED", status: 400 })
        expect(JSON.parse(body).detail).toContain(message)
        expect(header("cache-control")).toBe("no-store")
        expect(header("etag")).toBeUndefined()
      }
      expect(analytics.counts.begun).toBe(0)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is 400 for each unknown parameter", () =>
    Effect.gen(function* () {
      const port = yield* listening
      for (const { name } of queries) {
        const { body, status } = yield* ask(port, `/api/analytics/${name}?other=1`)
        expect([name, status]).toEqual([name, 400])
        expect(JSON.parse(body).detail).toContain("other: is unexpected")
      }
    }).pipe(Effect.provide(serving(analyticsOf([]))))
  )

  it.scoped.each([
    {
      failure: new AnalyticsUnavailable({ reason: "the disk is full" }),
      status: 503,
      code: "UNAVAILABLE",
      retryAfter: "5",
      detail: "Analytics is not available: the disk is full"
    },
    {
      failure: new QueryTimedOut({ query: "daily_counts" }),
      status: 504,
      code: "QUERY_TIMEOUT",
      retryAfter: undefined,
      detail: "The query daily_counts took too long; please request less data"
    }
  ])("is $status $code", ({ code, detail, failure, retryAfter, status }) => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      analytics.fail(failure)
      const answer = yield* ask(port, daily)
      expect([answer.status, answer.header("content-type")]).toEqual([status, "application/problem+json"])
      expect(answer.header("retry-after")).toBe(retryAfter)
      expect(JSON.parse(answer.body)).toMatchObject({ status, code, detail })
      // Failures are not cached.
      analytics.fail(undefined)
      expect((yield* ask(port, daily)).status).toBe(200)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is 429 beyond a network's share of the queue, and 503 when the queue is full", () => {
    const analytics = controlledAnalytics(1)
    analytics.setRows([])
    return Effect.gen(function* () {
      const port = yield* listening
      yield* Effect.asVoid(analytics.hold)
      const from = (address: string, query: string) => ask(port, `${daily}?to=${query}`, { "x-forwarded-for": address })
      const fill = (address: string, year: string, count: number) =>
        Effect.forEach(Array.from({ length: count }), (_, index) =>
          Effect.fork(from(address, `${year}-01-${String(index + 1).padStart(2, "0")}`))
        )
      yield* fill("192.0.2.1", "2001", 1 + maxQueuedPerNetwork)
      yield* until(() => analytics.seats.waiting === maxQueuedPerNetwork)
      const refused = yield* from("192.0.2.1", "1999-01-01")
      expect([refused.status, refused.header("retry-after")]).toEqual([429, "5"])
      expect(JSON.parse(refused.body).code).toBe("RATE_LIMITED")
      const others = maxQueued / maxQueuedPerNetwork - 1
      for (let other = 0; other < others; other++) {
        // All addresses of an IPv6 /64 count as one.
        yield* fill(`2001:db8:0:${other}::1`, `20${other + 10}`, maxQueuedPerNetwork - 1)
        yield* fill(`2001:db8:0:${other}::2`, `19${other + 10}`, 1)
        yield* until(() => analytics.seats.waiting === (other + 2) * maxQueuedPerNetwork)
        if (other > 0) continue
        expect((yield* from(`2001:db8:0:${other}::3`, "1999-01-01")).status).toBe(429)
      }
      const full = yield* from("192.0.2.2", "1999-01-01")
      expect([full.status, full.header("retry-after"), JSON.parse(full.body).code]).toEqual([503, "5", "UNAVAILABLE"])
    }).pipe(Effect.provide(serving(analytics, { TRUST_PROXY: "true" })))
  })

  it.scoped("is 503 while analytics is unavailable, even for a cached result", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      const etag = (yield* ask(port, daily)).header("etag") ?? ""
      expect((yield* ask(port, daily)).header("server-timing")).toBe("cache;desc=hit")
      analytics.status({ unavailable: "its file is locked by another process" })
      analytics.fail(new AnalyticsUnavailable({ reason: "its file is locked by another process" }))
      expect((yield* ask(port, daily)).status).toBe(503)
      expect((yield* ask(port, daily, { "if-none-match": etag })).status).toBe(503)
      analytics.status({ unavailable: undefined })
      expect((yield* ask(port, daily, { "if-none-match": etag })).status).toBe(304)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("is 404 for an unknown or misspelled query", () =>
    Effect.gen(function* () {
      const port = yield* listening
      for (const name of ["nothing", "", "daily_counts/", "Daily_Counts", "daily_counts/x", "constructor", "%2e%2e"]) {
        expect([name, (yield* ask(port, `/api/analytics/${name}`)).status]).toEqual([name, 404])
      }
      expect((yield* ask(port, daily, {}, "DELETE")).status).toBe(404)
    }).pipe(Effect.provide(serving(analyticsOf())))
  )
})

describe("query on one list", () => {
  const path = `${daily}?listId=${listId}`

  it.scoped("is answered for visitors who may read the list and 404 for all others, cached or not", () => {
    const analytics = analyticsOf()
    return Effect.gen(function* () {
      const port = yield* listening
      for (let time = 0; time < 3; time++) {
        const mine = yield* ask(port, path, { cookie: "owner" })
        expect([mine.status, mine.header("cache-control")]).toEqual([200, "private, no-cache"])
        const theirs = yield* ask(port, path)
        expect([theirs.status, JSON.parse(theirs.body).code]).toEqual([404, "NOT_FOUND"])
        expect(theirs.header("etag")).toBeUndefined()
        expect((yield* ask(port, path, { "if-none-match": mine.header("etag") ?? "" })).status).toBe(404)
        expect((yield* ask(port, path, { "if-none-match": "*" }, "HEAD")).status).toBe(404)
        expect((yield* ask(port, path, { accept: "text/csv" })).status).toBe(404)
      }
      expect(analytics.counts.begun).toBe(1)
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped.each(["b".repeat(22), "%27%20OR%201%3D1", "short"])(
    "is 404 without a computation when there is no list %s",
    (listId) => {
      const analytics = analyticsOf()
      return Effect.gen(function* () {
        const answer = yield* ask(yield* listening, `${daily}?listId=${listId}`, { cookie: "owner" })
        expect(answer.status).toBe(404)
        expect(analytics.counts.begun).toBe(0)
      }).pipe(Effect.provide(serving(analytics)))
    }
  )
})
