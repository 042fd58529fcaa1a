// Analytics with a real DuckDB and a log in memory: queries during ingestion, limits and faults.
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as AnalyticsQuery from "../../../src/domain/AnalyticsQuery.ts"
import { LogId } from "../../../src/domain/StoredEvent.ts"
import { Analytics } from "../../../src/layers/analytics/Analytics.ts"
import * as AnalyticsBackend from "../../../src/layers/analytics/AnalyticsBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { append, event, inMemory, settings, temporaryDirectory } from "../../support.ts"
import { endless, scrambleRows } from "./support.ts"

const declare = (name: string, sql: string) =>
  AnalyticsQuery.make({
    name,
    params: Schema.Struct({}),
    dependsOn: "everything",
    sql,
    result: Schema.Struct({ n: Schema.Int })
  }).ask({})

const forever = declare("forever", endless)
const one = declare("one", "SELECT 1 AS n")
const count = declare("count", "SELECT count(*) AS n FROM events")

/** Analytics and its log in memory. */
const analyticsInMemory = (env: Record<string, string> = {}) =>
  AnalyticsBackend.layerMemory.pipe(
    Layer.provide(DecodeFailures.layer),
    Layer.provideMerge(Subscriptions.layer),
    Layer.provideMerge(inMemory()),
    Layer.provide(settings(env))
  )

/** Analytics in a file of the directory, beside a log that outlives it. */
const inDirectory = (directory: string) =>
  Layer.build(AnalyticsBackend.layer.pipe(Layer.provide([settings({ DATA_DIR: directory }), DecodeFailures.layer])))

/** Yields until the condition holds; otherwise the test times out. */
const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.repeat(yieldToEventLoop, { until: () => holds })

const caughtUp = Effect.gen(function* () {
  const [analytics, store] = [yield* Analytics, yield* EventStore]
  const head = yield* store.head
  yield* until(Effect.sync(() => analytics.status().unavailable === undefined && analytics.status().sequence >= head))
})

let aggregates = 0
/** Appends this many events at once. */
const store = (events: number) =>
  Effect.flatMap(EventStore, (log) =>
    log.append(append(`thing-${++aggregates}`, 0, { events: Arr.makeBy(events, () => event()) }))
  )

const compute = (question: AnalyticsQuery.Question) =>
  Effect.flatMap(Analytics, (analytics) => analytics.compute(question))
const rows = (question: AnalyticsQuery.Question) => Effect.map(compute(question), (computed) => computed.rows)
const twice = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.all([effect, effect], { concurrency: "unbounded" })

/** CPU time of this process over all threads, in milliseconds. */
const cpu = (since: NodeJS.CpuUsage) => {
  const { system, user } = process.cpuUsage(since)
  return (system + user) / 1000
}
/** DuckDB is busy: nothing else in the test uses this much CPU time. */
const busy = Effect.suspend(() => {
  const before = process.cpuUsage()
  return Effect.repeat(Effect.sleep("10 millis"), { until: () => cpu(before) > 200 })
})
const idle = Effect.repeat(
  Effect.suspend(() => {
    const before = process.cpuUsage()
    return Effect.map(Effect.sleep("50 millis"), () => cpu(before))
  }),
  { until: (millis) => millis < 20 }
)

describe("query result", () => {
  it.live("is from one snapshot during ingestion and concurrent queries", () =>
    Effect.gen(function* () {
      const sequences = new Set<number>()
      // Sometimes waits until the rows catch up, so that several snapshots are seen.
      const isSeen = (turn: number) => Effect.repeat(yieldToEventLoop, { until: () => sequences.has(50 * turn) })
      const writing = yield* Effect.fork(
        Effect.forEach(Arr.range(1, 200), (turn) =>
          Effect.zipRight(store(50), turn % 50 === 0 ? isSeen(turn) : yieldToEventLoop)
        )
      )
      const asking = Effect.gen(function* () {
        const { rows, sequence } = yield* compute(count)
        expect(rows).toEqual([{ n: sequence }])
        sequences.add(sequence)
        return sequence
      })
      yield* twice(Effect.repeat(asking, { until: (sequence) => sequence === 10_000 }))
      yield* Fiber.join(writing)
      expect(sequences.size).toBeGreaterThan(2)
    }).pipe(Effect.provide(analyticsInMemory()))
  )
})

describe("ingestion", () => {
  it.live("goes on under continuous appends", () =>
    Effect.gen(function* () {
      const { status } = yield* Analytics
      const writing = yield* Effect.fork(Effect.forever(Effect.zipRight(store(5), yieldToEventLoop)))
      yield* Effect.repeat(yieldToEventLoop, { until: () => status().sequence > 0 })
      yield* Fiber.interrupt(writing)
    }).pipe(Effect.provide(analyticsInMemory()))
  )
})

describe("slow query", () => {
  it.live("times out, stops in DuckDB too and frees its seat", () =>
    Effect.gen(function* () {
      const errors = yield* twice(Effect.flip(compute(forever)))
      expect(errors.map(({ _tag }) => _tag)).toEqual(["QueryTimedOut", "QueryTimedOut"])
      expect(yield* twice(rows(one))).toEqual([[{ n: 1 }], [{ n: 1 }]])
      yield* idle
    }).pipe(Effect.provide(analyticsInMemory({ ANALYTICS_QUERY_TIMEOUT: "1 second" })))
  )

  it.live("stops when its last caller leaves", () =>
    Effect.gen(function* () {
      yield* compute(one)
      const asking = yield* Effect.fork(twice(compute(forever)))
      yield* busy
      yield* Fiber.interrupt(asking)
      expect(yield* twice(rows(one))).toEqual([[{ n: 1 }], [{ n: 1 }]])
      yield* idle
    }).pipe(Effect.provide(analyticsInMemory()))
  )

  it.effect("delays no other query beyond the timeout", () =>
    Effect.gen(function* () {
      yield* caughtUp
      const seated = yield* Effect.fork(twice(Effect.flip(compute(forever))))
      yield* yieldToEventLoop
      const waiting = yield* Effect.fork(Effect.flip(compute(one)))
      yield* yieldToEventLoop
      yield* TestClock.adjust("30 seconds")
      expect(yield* Fiber.join(waiting)).toEqual(new AnalyticsQuery.QueryTimedOut({ query: "one" }))
      yield* Fiber.join(seated)
    }).pipe(Effect.provide(analyticsInMemory()))
  )

  it.live("delays neither appends nor ingestion", () =>
    Effect.gen(function* () {
      yield* compute(one)
      const asking = yield* Effect.fork(twice(compute(forever)))
      yield* busy
      yield* store(100)
      yield* caughtUp
      yield* Fiber.interrupt(asking)
      expect(yield* rows(count)).toEqual([{ n: 100 }])
    }).pipe(Effect.provide(analyticsInMemory()))
  )
})

describe("invalid SQL of a declared query", () => {
  for (const [what, sql] of [
    ["its text", "SELEC 1 AS n"],
    ["a column", "SELECT nothing AS n FROM events"],
    ["a value", "SELECT 'a word'::INTEGER AS n"],
    ["a row that violates the declaration", "SELECT 'a word' AS n"],
    ["an undeclared column", "SELECT 1 AS n, 2 AS more"],
    ["a missing column", "SELECT 1 AS other"],
    ["a file of the machine", "SELECT count(*) AS n FROM read_csv('/etc/passwd')"],
    ["a write outside", "COPY events TO '/tmp/evenstar-events.csv'"]
  ] as const) {
    it.live(`is a defect, and the next query is answered: ${what}`, () =>
      Effect.gen(function* () {
        const died = yield* Effect.exit(compute(declare("wrong", sql)))
        expect(died).toMatchObject({ _tag: "Failure", cause: { _tag: "Die" } })
        const { status } = yield* Analytics
        expect(status().unavailable).toBeUndefined()
        expect(yield* rows(one)).toEqual([{ n: 1 }])
      }).pipe(Effect.provide(analyticsInMemory()))
    )
  }
})

describe("database", () => {
  const outlives = Layer.provideMerge(Subscriptions.layer, analyticsInMemory())
  const corrupt = { _tag: "AnalyticsUnavailable", reason: expect.stringContaining("corrupt") }
  const fileOf = (directory: string) => join(directory, "analytics.duckdb")
  it.live("resumes from its file", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* store(10)
      yield* Effect.scoped(Effect.flatMap(inDirectory(directory), (it) => Effect.provide(caughtUp, it)))
      yield* store(10)
      const analytics = yield* inDirectory(directory)
      const first = yield* Effect.provide(compute(count), analytics)
      expect(first.sequence).toBeGreaterThanOrEqual(10)
      yield* Effect.provide(caughtUp, analytics)
      expect(yield* Effect.provide(rows(count), analytics)).toEqual([{ n: 20 }])
    }).pipe(Effect.scoped, Effect.provide(outlives))
  )

  it.live("reports the days of its rows: none, new ones and existing ones", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const opened = <A, E, R>(work: Effect.Effect<A, E, R>) =>
        Effect.scoped(
          Effect.flatMap(inDirectory(directory), (it) => Effect.provide(Effect.zipRight(caughtUp, work), it))
        )
      const days = Effect.map(Analytics, ({ status }) => status().days)
      const came = yield* opened(
        Effect.gen(function* () {
          expect(yield* days).toBeUndefined()
          yield* Effect.zipRight(store(10), caughtUp)
          return yield* days
        })
      )
      expect(came?.first).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(yield* opened(days)).toEqual(came)
    }).pipe(Effect.scoped, Effect.provide(outlives))
  )

  it.live("is rebuilt for another log", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const ofALog = (logId: string, events: number) =>
        Effect.gen(function* () {
          yield* store(events)
          const log = yield* EventStore
          const renamed = Layer.succeed(EventStore, { ...log, logId: LogId.make(logId) })
          const analytics = yield* Layer.build(
            AnalyticsBackend.layer.pipe(
              Layer.provide(renamed),
              Layer.provide([settings({ DATA_DIR: directory }), DecodeFailures.layer])
            )
          )
          yield* Effect.provide(caughtUp, analytics)
          return yield* Effect.provide(rows(count), analytics)
        }).pipe(Effect.scoped, Effect.provide(Layer.fresh(outlives)))
      expect(yield* ofALog("one", 10)).toEqual([{ n: 10 }])
      expect(yield* ofALog("another", 20)).toEqual([{ n: 20 }])
    }).pipe(Effect.scoped)
  )

  it.live("that cannot be opened is reported, and used once it can be", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* store(10)
      writeFileSync(fileOf(directory), "garbage")
      const analytics = yield* inDirectory(directory)
      const refused = yield* Effect.flip(Effect.provide(compute(count), analytics))
      expect(refused).toMatchObject(corrupt)
      yield* store(10)
      rmSync(fileOf(directory))
      yield* Effect.provide(caughtUp, analytics)
      expect(yield* Effect.provide(rows(count), analytics)).toEqual([{ n: 20 }])
    }).pipe(Effect.scoped, Effect.provide(outlives))
  )

  it.live("that cannot be opened is recreated by a rebuild", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* store(10)
      writeFileSync(fileOf(directory), "garbage")
      const analytics = yield* inDirectory(directory)
      yield* Effect.provide(
        Effect.gen(function* () {
          const { rebuild, verify } = yield* Analytics
          expect(yield* Effect.flip(verify)).toMatchObject(corrupt)
          yield* rebuild
          yield* caughtUp
          expect(yield* verify).toEqual([])
        }),
        analytics
      )
    }).pipe(Effect.scoped, Effect.provide(outlives))
  )

  it.live("with unreadable rows is unavailable until a rebuild repairs it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* store(5000)
      yield* Effect.scoped(Effect.flatMap(inDirectory(directory), (it) => Effect.provide(caughtUp, it)))
      expect(yield* Effect.promise(() => scrambleRows(fileOf(directory)))).toBeGreaterThan(0)
      const context = yield* inDirectory(directory)
      yield* Effect.gen(function* () {
        const { rebuild, status, verify } = yield* Analytics
        expect(yield* Effect.flip(verify)).toMatchObject(corrupt)
        // Reopening does not help.
        for (let look = 0; look < 3; look++) {
          yield* Effect.sleep("600 millis")
          expect(status().unavailable).toContain("corrupt")
        }
        yield* rebuild
        yield* caughtUp
        expect(yield* verify).toEqual([])
        expect(yield* rows(count)).toEqual([{ n: 5000 }])
      }).pipe(Effect.provide(context))
    }).pipe(Effect.scoped, Effect.provide(outlives))
  )
})
