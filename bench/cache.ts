// Hits of the analytics cache through its service, by 64 fibers. Baseline: Effect's `Cache.get` on
// as many keys. Also 1,000 concurrent callers of a missing key. Targets: at most twice the time of
// `Cache.get`; one query.
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Sequence } from "../src/domain/StoredEvent.ts"
import { Analytics, type AnalyticsService } from "../src/layers/analytics/Analytics.ts"
import { AnalyticsCache } from "../src/layers/analytics/AnalyticsCache.ts"
import { Queries } from "../src/layers/analytics/Queries.ts"
import { Day } from "../src/layers/analytics/ranges.ts"
import { stackQueries } from "../src/layers/analytics/stackQueries.ts"
import { Settings } from "../src/layers/node/Settings.ts"
import { analytics } from "./support/layers.ts"
import { prefill } from "./support/log.ts"
import { temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const fibers = 64
const gets = quick ? 2000 : 40_000
const rounds = quick ? 2 : 9
const keys = 100
const callers = 1000
const events = quick ? 10_000 : 200_000

const own = stackQueries([])
const { dailyCounts } = own
const day = (index: number) => Day.make(new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10))
const questions = Array.from({ length: keys }, (_, index) => dailyCounts.ask({ from: day(index) }))

/** An analytics service that returns the same result immediately. */
const instant: AnalyticsService = {
  compute: () => Effect.succeed({ rows: [], sequence: Sequence.make(1), epoch: 1 }),
  listen: () => Effect.void,
  waiting: () => 0,
  status: () => ({
    sequence: Sequence.make(1),
    days: undefined,
    epoch: 1,
    unavailable: undefined,
    progress: undefined
  }),
  rebuild: Effect.void,
  verify: Effect.succeed([])
}

/** Nanoseconds per `get`, with fibers yielding to each other. */
const timed = async <E>(get: (index: number) => Effect.Effect<unknown, E>) => {
  const fiber = (first: number) =>
    Effect.gen(function* () {
      for (let index = first; index < first + gets; index++) yield* get(index % keys)
    })
  globalThis.gc?.()
  const started = performance.now()
  await Effect.runPromise(
    Effect.forEach(
      Array.from({ length: fibers }, (_, index) => index),
      fiber,
      { concurrency: "unbounded", discard: true }
    )
  )
  return ((performance.now() - started) * 1e6) / (fibers * gets)
}

await benchmark("cache", `hits of ${keys} keys by ${fibers} fibers, and ${callers} callers of a cold key`, async () => {
  const runtime = ManagedRuntime.make(
    AnalyticsCache.layer.pipe(
      Layer.provide([Layer.succeed(Analytics, instant), Queries.layer(own, []), Settings.layer])
    )
  )
  const cache = await runtime.runPromise(AnalyticsCache)
  const plain = await Effect.runPromise(
    Cache.make({ capacity: 1000, timeToLive: "5 minutes", lookup: (key: string) => Effect.succeed(Buffer.from(key)) })
  )
  const evenstar = () =>
    timed((index) => {
      const question = questions[index]
      return question === undefined ? Effect.void : cache.get(question)
    })
  const effect = () => timed((index) => plain.get(questions[index]?.key ?? ""))
  for (const warmUp of [evenstar, effect]) await warmUp()
  const results = await interleaved<"evenstar" | "Cache.get", number>(rounds, [
    ["evenstar", evenstar],
    ["Cache.get", effect]
  ])
  const ratio = ratios(results("evenstar"), results("Cache.get"))
  table(
    ["", "ns a hit"],
    (["evenstar", "Cache.get"] as const).map((name) => [name, show(spread(results(name)))])
  )
  note(`ratio ${show(ratio)}\n`)
  await runtime.dispose()

  const directory = temporary()
  await prefill(directory, events)
  const real = analytics(directory)
  const service = await real.runPromise(Analytics)
  while (service.status().sequence < events) await sleep(10)
  let computed = 0
  const counting: AnalyticsService = {
    ...service,
    compute: (question) => {
      computed++
      return service.compute(question)
    }
  }
  const cold = ManagedRuntime.make(
    AnalyticsCache.layer.pipe(
      Layer.provide([Layer.succeed(Analytics, counting), Queries.layer(own, []), Settings.layer])
    )
  )
  const { get } = await cold.runPromise(AnalyticsCache)
  const bodies = await Effect.runPromise(
    Effect.all(
      Array.from({ length: callers }, () => get(dailyCounts.ask({}))),
      { concurrency: "unbounded" }
    )
  )
  note(`${callers} callers: ${new Set(bodies).size} distinct results, ${computed} queries\n`)
  target("a hit / Cache.get", ratio.median, "at most", 2)
  target(`queries for ${callers} callers`, computed, "at most", 1)
  await cold.dispose()
  await real.dispose()
})
