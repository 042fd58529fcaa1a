// The query queue of DuckDB: bounded, and fair between networks.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { AnalyticsUnavailable } from "../../../src/domain/AnalyticsQuery.ts"
import { maxQueued, maxQueuedPerNetwork } from "../../../src/layers/analytics/Analytics.ts"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { FairQueue } from "../../../src/layers/analytics/FairQueue.ts"
import { RateLimited } from "../../../src/layers/rateLimits/RateLimits.ts"
import { adjust, cached, controlledAnalytics, query } from "./controlledAnalytics.ts"

const any = query("any")
const ask = (of: string, network: string) =>
  Effect.flatMap(AnalyticsCache, (cache) => cache.get(any.ask({ of }), network))
const keyOf = (of: string) => any.ask({ of }).key
/** Distinct queries of one network, all at once. */
const askMany = (network: string, count: number) =>
  Effect.forEach(Array.from({ length: count }), (_, index) =>
    Effect.fork(Effect.exit(ask(`${network}${index}`, network)))
  )

describe("query queue", () => {
  it.effect("serves another network next, however many queries one has, and refuses beyond its share", () => {
    const analytics = controlledAnalytics(2)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const greedy = yield* askMany("a", 290)
      yield* adjust(0)
      expect(analytics.keys).toEqual([keyOf("a0"), keyOf("a1")])
      expect(analytics.seats.waiting).toBe(maxQueuedPerNetwork)
      const refused = yield* Effect.forEach(greedy.slice(2 + maxQueuedPerNetwork), Fiber.join)
      for (const exit of refused) expect(exit).toEqual(Exit.fail(new RateLimited({ retryAfter: 5 })))
      const other = yield* Effect.fork(ask("b", "b"))
      yield* adjust(0)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(other)
      expect(analytics.keys[2]).toBe(keyOf("b"))
      const answered = yield* Effect.forEach(greedy.slice(0, 2 + maxQueuedPerNetwork), Fiber.join)
      expect(answered.every(Exit.isSuccess)).toBe(true)
      expect(analytics.seats.waiting).toBe(0)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("serves networks round robin, first come first served within each", () => {
    const analytics = controlledAnalytics(1)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const seated = yield* askMany("s", 1)
      yield* adjust(0)
      const all = [...(yield* askMany("a", 4)), ...(yield* askMany("b", 2)), ...(yield* askMany("c", 3))]
      yield* adjust(0)
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach([...seated, ...all], Fiber.join)
      const order = ["s0", "a0", "b0", "c0", "a1", "b1", "c1", "a2", "c2", "a3"]
      expect(analytics.keys).toEqual(order.map(keyOf))
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("does not let new networks overtake a waiting one repeatedly", () => {
    const seats = new FairQueue(1)
    const order: Array<string> = []
    const gates = new Map<string, Deferred.Deferred<void>>()
    const enter = (name: string, network: string) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        gates.set(name, gate)
        const work = Effect.zipRight(
          Effect.sync(() => order.push(name)),
          Deferred.await(gate)
        )
        yield* Effect.fork(seats.withSlot(new Map([[network, 1]]), work))
        yield* adjust(0)
      })
    return Effect.gen(function* () {
      for (const name of ["v0", "v1", "v2"]) yield* enter(name, "v")
      for (let newcomer = 0; newcomer < 6; newcomer++) {
        yield* enter(`n${newcomer}`, `n${newcomer}`)
        yield* Deferred.succeed(gates.get(order.at(-1) ?? "") ?? (yield* Deferred.make<void>()), undefined)
        yield* adjust(0)
      }
      expect(order.indexOf("v2")).toBeLessThanOrEqual(5)
    })
  })

  it.effect("refuses queries beyond its total capacity as server overload", () => {
    const analytics = controlledAnalytics(2)
    return Effect.gen(function* () {
      yield* Effect.asVoid(analytics.hold)
      const networks = maxQueued / maxQueuedPerNetwork
      yield* askMany("seated", 2)
      yield* adjust(0)
      for (let network = 0; network < networks; network++) yield* askMany(`n${network}-`, maxQueuedPerNetwork)
      yield* adjust(0)
      expect(analytics.seats.waiting).toBe(maxQueued)
      expect(yield* Effect.flip(ask("late", "late"))).toEqual(
        new AnalyticsUnavailable({ reason: "too many queries wait" })
      )
      // A query that is already queued is shared by every network.
      const shared = yield* Effect.fork(ask("n0-0", "late"))
      yield* adjust(0)
      expect(shared.unsafePoll()).toBeNull()
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("removes an interrupted query at once, waiting or running", () => {
    const analytics = controlledAnalytics(1)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const all = yield* askMany("a", 1 + maxQueuedPerNetwork)
      yield* adjust(0)
      yield* Effect.forEach(all.slice(1, 9), Fiber.interrupt)
      yield* adjust(0)
      expect(analytics.seats.waiting).toBe(8)
      expect(analytics.counts.interrupted).toBe(0)
      const again = yield* Effect.fork(ask("again", "a"))
      yield* adjust(0)
      expect(analytics.seats.waiting).toBe(9)
      yield* Effect.forEach(all.slice(0, 1), Fiber.interrupt)
      yield* adjust(0)
      expect(analytics.counts.interrupted).toBe(1)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(again)
      expect(analytics.seats.waiting).toBe(0)
      expect(analytics.keys).toEqual(["a0", ...Array.from({ length: 8 }, (_, i) => `a${i + 9}`), "again"].map(keyOf))
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("query shared by two networks", () => {
  it.effect("runs once, in the earlier turn of the two, also when the first caller leaves", () => {
    const analytics = controlledAnalytics(1)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const greedy = yield* askMany("a", 1 + maxQueuedPerNetwork)
      yield* adjust(0)
      const last = `a${maxQueuedPerNetwork}`
      // The last of a full queue: the other network may share it and uses its own earlier turn.
      const other = yield* Effect.fork(ask(last, "b"))
      yield* adjust(0)
      yield* Effect.forEach(greedy.slice(maxQueuedPerNetwork), Fiber.interrupt)
      expect(analytics.seats.waiting).toBe(maxQueuedPerNetwork)
      expect(analytics.seats.waitingOf("a")).toBe(maxQueuedPerNetwork - 1)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(other)
      yield* Effect.forEach(greedy, Fiber.await)
      expect(analytics.keys[1]).toBe(keyOf(last))
      expect(analytics.keys.filter((key) => key === keyOf(last)).length).toBe(1)
    }).pipe(Effect.provide(cached(analytics)))
  })

  it.effect("runs for the second network when the first is over its share", () => {
    const analytics = controlledAnalytics(1)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      yield* askMany("a", 1 + maxQueuedPerNetwork)
      yield* adjust(0)
      const [first, second] = yield* Effect.all([Effect.fork(Effect.flip(ask("x", "a"))), Effect.fork(ask("x", "b"))])
      yield* adjust(0)
      expect((yield* Fiber.join(first))._tag).toBe("RateLimited")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(second)
    }).pipe(Effect.provide(cached(analytics)))
  })
})

describe("watched query", () => {
  it.effect("shares a turn with one-time queries, and has turns by network", () => {
    const analytics = controlledAnalytics(1)
    return Effect.gen(function* () {
      const gate = yield* analytics.hold
      const cache = yield* AnalyticsCache
      const watch = (of: string, network: string) => cache.watch(any.ask({ of }), () => {}, network)
      for (let index = 0; index < 20; index++) yield* watch(`a${index}`, "a")
      yield* adjust(0)
      yield* watch("b", "b")
      const asking = yield* Effect.fork(ask("c", "c"))
      yield* adjust(0)
      // One is running, one waits among the queries; the others wait among the watches.
      expect(analytics.seats.waiting).toBe(2)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(asking)
      yield* adjust(0)
      expect(analytics.keys.indexOf(keyOf("c"))).toBeLessThanOrEqual(2)
      // After the two that had started; the greedy network gets the second of their turns again.
      expect(analytics.keys.indexOf(keyOf("b"))).toBeLessThanOrEqual(4)
      expect(analytics.keys.length).toBe(22)
    }).pipe(Effect.scoped, Effect.provide(cached(analytics)))
  })
})
