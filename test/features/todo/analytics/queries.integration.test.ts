// The product's queries in DuckDB: against known rows for known events, and against a model in
// plain TypeScript for many generated histories.
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import * as fc from "fast-check"
import type { Question } from "../../../../src/domain/AnalyticsQuery.ts"
import { CommandId, Version } from "../../../../src/domain/StoredEvent.ts"
import { validationFailed } from "../../../../src/http/server/Body.ts"
import { Analytics } from "../../../../src/layers/analytics/Analytics.ts"
import * as AnalyticsBackend from "../../../../src/layers/analytics/AnalyticsBackend.ts"
import { EventStore } from "../../../../src/layers/eventStore/EventStore.ts"
import { DecodeFailures } from "../../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../../src/layers/subscriptions/Subscriptions.ts"
import { until } from "../../../http/fastRouter.ts"
import { inMemory, settings } from "../../../support.ts"
import * as Plain from "./plainQueries.ts"
import * as Queries from "./todoQueries.ts"

/** Appends a history with its times; returns a function that computes queries on it. */
const computing = (history: ReadonlyArray<Plain.Happened>) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const versions = new Map<string, number>()
    for (const [index, { aggregate, at, eventType, schemaVersion = 1, todoIds = [] }] of history.entries()) {
      yield* TestClock.setTime(at)
      const name = `${aggregate.type} ${aggregate.id}`
      const version = versions.get(name) ?? 0
      versions.set(name, version + 1)
      yield* store.append({
        aggregate,
        expectedVersion: Version.make(version),
        events: Arr.of({
          eventType,
          schemaVersion,
          payload: schemaVersion === 1 ? { todoId: todoIds[0] } : { todoIds }
        }),
        commandId: CommandId.make(String(index))
      })
    }
    const layers = AnalyticsBackend.layerMemory.pipe(
      Layer.provide([Subscriptions.layer, DecodeFailures.layer, settings(), Logger.remove(Logger.defaultLogger)])
    )
    const { compute, status } = yield* Effect.provide(Analytics, yield* Layer.build(layers))
    yield* until(() => status().sequence === history.length && status().unavailable === undefined)
    return (question: Question) => Effect.map(compute(question), ({ rows }) => rows)
  })

const on = (day: string, time = "12:00:00.000") => Date.parse(`${day}T${time}Z`)
const list = (number: number) => ({ type: "TodoList", id: String(number).repeat(22) })

const history: ReadonlyArray<Plain.Happened> = [
  { at: on("2026-02-27", "23:59:59.999"), aggregate: list(1), eventType: "ListCreated" },
  { at: on("2026-02-28", "00:00:00.000"), aggregate: list(1), eventType: "TodoAdded", todoIds: ["a"] },
  { at: on("2026-02-28", "00:59:59.999"), aggregate: list(1), eventType: "TodoAdded", todoIds: ["b"] },
  { at: on("2026-02-28", "01:00:00.000"), aggregate: list(1), eventType: "TodoCompleted", todoIds: ["a"] },
  { at: on("2026-02-28", "23:59:59.999"), aggregate: list(2), eventType: "TodoAdded", todoIds: ["c"] },
  { at: on("2026-03-01", "00:00:00.000"), aggregate: { type: "Order", id: "1" }, eventType: "Ordered" },
  { at: on("2026-03-01", "00:59:59.999"), aggregate: list(1), eventType: "TodoCompleted", todoIds: ["b"] },
  { at: on("2026-03-01", "02:00:00.000"), aggregate: list(1), eventType: "TodoReopened", todoIds: ["a"] },
  { at: on("2026-03-01", "03:00:00.000"), aggregate: list(1), eventType: "TodoCompleted", todoIds: ["a"] },
  { at: on("2026-03-02", "00:00:00.000"), aggregate: list(2), eventType: "TodoCompleted", todoIds: ["c"] },
  { at: on("2026-03-02", "00:00:00.001"), aggregate: list(2), eventType: "TodoAdded", todoIds: ["d"] }
]

const parsed = (query: { readonly parse: (sent: unknown) => Either.Either<Question, unknown> }, sent: unknown) =>
  Either.getOrThrow(query.parse(sent))

describe("queries on known events", () => {
  it.scoped("return known rows", () =>
    Effect.gen(function* () {
      const rows = yield* computing(history)
      expect(yield* rows(Queries.dailyCounts.ask({}))).toEqual([
        { day: "2026-02-27", eventType: "ListCreated", count: 1 },
        { day: "2026-02-28", eventType: "TodoAdded", count: 3 },
        { day: "2026-02-28", eventType: "TodoCompleted", count: 1 },
        { day: "2026-03-01", eventType: "Ordered", count: 1 },
        { day: "2026-03-01", eventType: "TodoCompleted", count: 2 },
        { day: "2026-03-01", eventType: "TodoReopened", count: 1 },
        { day: "2026-03-02", eventType: "TodoAdded", count: 1 },
        { day: "2026-03-02", eventType: "TodoCompleted", count: 1 }
      ])
      // a within an hour, b a day later to the millisecond, c one millisecond later, d never.
      expect(yield* rows(Queries.completionFunnel.ask({}))).toEqual([
        { stage: "added", count: 4 },
        { stage: "completed", count: 3 },
        { stage: "completed_within_a_day", count: 2 },
        { stage: "completed_within_an_hour", count: 1 }
      ])
      expect(yield* rows(Queries.timeToComplete.ask({}))).toEqual([
        { day: "2026-02-28", count: 1, p50: 3600, p90: 3600, p99: 3600 },
        { day: "2026-03-01", count: 1, p50: 86_400, p90: 86_400, p99: 86_400 },
        { day: "2026-03-02", count: 1, p50: 86_400.001, p90: 86_400.001, p99: 86_400.001 }
      ])
      expect(yield* rows(Queries.activeLists.ask({}))).toEqual([
        { day: "2026-02-27", lists: 1 },
        { day: "2026-02-28", lists: 2 },
        { day: "2026-03-01", lists: 1 },
        { day: "2026-03-02", lists: 1 }
      ])
      expect(yield* rows(Queries.busiestHours.ask({}))).toEqual([
        { weekday: 1, hour: 0, count: 2 },
        { weekday: 5, hour: 23, count: 1 },
        { weekday: 6, hour: 0, count: 2 },
        { weekday: 6, hour: 1, count: 1 },
        { weekday: 6, hour: 23, count: 1 },
        { weekday: 7, hour: 0, count: 2 },
        { weekday: 7, hour: 2, count: 1 },
        { weekday: 7, hour: 3, count: 1 }
      ])
    }).pipe(Effect.provide(inMemory()))
  )

  it.scoped("include days from their first to their last millisecond, in UTC", () =>
    Effect.gen(function* () {
      const rows = yield* computing(history)
      const day = { from: "2026-02-28", to: "2026-02-28" }
      expect(yield* rows(parsed(Queries.dailyCounts, day))).toEqual([
        { day: "2026-02-28", eventType: "TodoAdded", count: 3 },
        { day: "2026-02-28", eventType: "TodoCompleted", count: 1 }
      ])
      // Todos added on that day, whenever completed.
      expect(yield* rows(parsed(Queries.completionFunnel, day))).toEqual([
        { stage: "added", count: 3 },
        { stage: "completed", count: 3 },
        { stage: "completed_within_a_day", count: 2 },
        { stage: "completed_within_an_hour", count: 1 }
      ])
      // Todos first completed from that day on, whenever added.
      expect(yield* rows(parsed(Queries.timeToComplete, { from: "2026-03-01" }))).toMatchObject([
        { day: "2026-03-01", count: 1 },
        { day: "2026-03-02", count: 1 }
      ])
      expect(yield* rows(parsed(Queries.dailyCounts, { to: "2026-02-27" }))).toHaveLength(1)
      expect(yield* rows(parsed(Queries.dailyCounts, { from: "0000-01-01", to: "9999-12-31" }))).toHaveLength(8)
      expect(yield* rows(parsed(Queries.activeLists, { from: "2026-03-03" }))).toEqual([])
      expect(yield* rows(parsed(Queries.dailyCounts, { listId: list(2).id, from: "2026-03-01" }))).toEqual([
        { day: "2026-03-02", eventType: "TodoAdded", count: 1 },
        { day: "2026-03-02", eventType: "TodoCompleted", count: 1 }
      ])
      expect(yield* rows(parsed(Queries.dailyCounts, { listId: list(3).id }))).toEqual([])
    }).pipe(Effect.provide(inMemory()))
  )

  it.scoped("interpolate quantiles between existing durations", () =>
    Effect.gen(function* () {
      const seconds = [10, 20, 30, 40, 100]
      const added = seconds.map((_, index) => ({
        at: 0,
        aggregate: list(1),
        eventType: "TodoAdded",
        todoIds: [`${index}`]
      }))
      const completed = seconds.map((second, index) => ({
        at: second * 1000,
        aggregate: list(1),
        eventType: "TodoCompleted",
        todoIds: [`${index}`]
      }))
      const rows = yield* computing([...added, ...completed])
      const [row] = Queries.timeToComplete.rowsOf(
        JSON.stringify({
          query: "time_to_complete",
          params: {},
          sequence: 10,
          rows: yield* rows(Queries.timeToComplete.ask({}))
        })
      )
      expect([row?.count, row?.p50]).toEqual([5, 30])
      expect([row?.p90, row?.p99]).toEqual([expect.closeTo(76), expect.closeTo(97.6)])
    }).pipe(Effect.provide(inMemory()))
  )

  it.scoped("return the event rate of the last 300 seconds, one row each, current second last", () =>
    Effect.gen(function* () {
      const now = on("2026-03-01", "00:02:30.500")
      const ago = (...millis: ReadonlyArray<number>) =>
        millis.map((it) => ({ at: now - it, aggregate: list(1), eventType: "TodoAdded", todoIds: ["a"] }))
      const rows = yield* computing(ago(300_501, 299_501, 299_500, 299_400, 1000, 500, 0))
      const rate = yield* rows(Queries.eventRate.ask({}))
      expect(rate).toHaveLength(300)
      expect(rate[0]).toEqual({ second: "2026-02-28T23:57:31Z", count: 2 })
      expect(rate.slice(1, 298).every((it) => JSON.stringify(it).includes('"count":0'))).toBe(true)
      expect(rate.slice(298)).toEqual([
        { second: "2026-03-01T00:02:29Z", count: 1 },
        { second: "2026-03-01T00:02:30Z", count: 2 }
      ])
      yield* TestClock.adjust("500 millis")
      expect((yield* rows(Queries.eventRate.ask({}))).at(-1)).toEqual({ second: "2026-03-01T00:02:31Z", count: 0 })
    }).pipe(Effect.provide(inMemory()))
  )

  it.scoped("return no rows, zeros or 300 empty seconds for an empty log", () =>
    Effect.gen(function* () {
      const rows = yield* computing([])
      const all = yield* Effect.forEach(Queries.queries, (query) => rows(parsed(query, {})))
      expect(all.map((it) => it.length)).toEqual([0, 4, 0, 0, 0, 300])
      expect(all.slice(0, 5)).toEqual(Queries.queries.slice(0, 5).map((query) => parsed(query, {}).emptyRows))
      expect(all[1]).toEqual(Queries.stages.map((stage) => ({ stage, count: 0 })))
    }).pipe(Effect.provide(inMemory()))
  )
})

const everything: Plain.Params = {}
/** Seconds to the microsecond: both sides sum in different orders. */
const timeToComplete: typeof Plain.timeToComplete = (history, params) =>
  Plain.timeToComplete(history, params).map(({ count, day, p50, p90, p99 }) => ({
    day,
    count,
    p50: expect.closeTo(p50, 6),
    p90: expect.closeTo(p90, 6),
    p99: expect.closeTo(p99, 6)
  }))

describe("queries on generated histories", () => {
  it("return the same as the model in plain TypeScript", { timeout: 120_000 }, async () => {
    const asked = fc.array(Plain.params, { minLength: 3, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(Plain.history, asked, (history, asked) =>
        Effect.gen(function* () {
          const rows = yield* computing(history)
          for (const { listId, ...range } of [everything, ...asked]) {
            const ofList = listId === undefined ? range : { ...range, listId }
            for (const [query, params, expected] of [
              [Queries.dailyCounts, ofList, Plain.dailyCounts],
              [Queries.completionFunnel, ofList, Plain.completionFunnel],
              [Queries.timeToComplete, ofList, timeToComplete],
              [Queries.activeLists, range, Plain.activeLists],
              [Queries.busiestHours, ofList, Plain.busiestHours]
            ] as const) {
              expect(yield* rows(parsed(query, params))).toEqual(expected(history, params))
            }
          }
          const now = history.at(-1)?.at ?? 0
          expect(yield* rows(Queries.eventRate.ask({}))).toEqual(Plain.eventRate(history, now))
        }).pipe(Effect.scoped, Effect.provide(inMemory()), Effect.provide(TestContext.TestContext), Effect.runPromise)
      ),
      // Each run opens a database: shrinking would take minutes.
      { numRuns: 8, endOnFailure: true }
    )
  })
})

describe("query parameters", () => {
  const says = (
    query: { readonly parse: (sent: unknown) => ReturnType<typeof Queries.dailyCounts.parse> },
    sent: unknown
  ) => Either.match(query.parse(sent), { onLeft: (error) => validationFailed(error).message, onRight: () => "fine" })

  it.each([
    [{}, "fine"],
    [{ from: "2026-02-28", to: "2026-02-28" }, "fine"],
    [{ from: "2024-02-29" }, "fine"],
    [{ from: "2026-02-29" }, "from: Expected a day: YYYY-MM-DD"],
    [{ to: "2026-13-01" }, "to: Expected a day: YYYY-MM-DD"],
    [{ to: "2026-2-1" }, "to: Expected a day: YYYY-MM-DD"],
    [{ to: "" }, "to: Expected a day: YYYY-MM-DD"],
    [{ to: "2026-02-01T00:00" }, "to: Expected a day: YYYY-MM-DD"],
    [{ from: "2026-03-01", to: "2026-02-28" }, "from must not be after to"],
    [{ from: "x'; DROP TABLE events; --" }, "from: Expected a day: YYYY-MM-DD"]
  ])("%j: %s", (sent, expected) => {
    for (const query of Queries.queries.filter(({ name }) => name !== "event_rate")) {
      expect(says(query, sent)).toBe(expected)
    }
  })

  it("accept a list id where the query supports it, and nowhere else", () => {
    const takesList = Queries.queries.filter((query) => says(query, { listId: list(1).id }) === "fine")
    expect(takesList.map(({ name }) => name)).toEqual([
      "daily_counts",
      "completion_funnel",
      "time_to_complete",
      "busiest_hours"
    ])
    for (const query of Queries.queries) expect(says(query, { more: "1" })).toContain("more: is unexpected")
    expect(says(Queries.eventRate, { from: "2026-01-01" })).toContain("from: is unexpected")
  })

  it("have unique names and keys per query", () => {
    const keys = Queries.queries.map((query) => parsed(query, {}).key)
    expect(new Set(keys).size).toBe(Queries.queries.length)
  })
})
