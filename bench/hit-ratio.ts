// Hit ratio of the bounded cache, compared with LRU, another W-TinyLFU, and the optimum (Belady).
// Each request of a trace is a get, and a set on a miss. Also the time of a hit. Targets: 38 %
// (OLTP), 25 % (gli), otherwise at least LRU's ratio; 0.5 microseconds per hit.
import { LRUCache } from "lru-cache"
import { newCache } from "transitory"
import * as BoundedCache from "../src/lib/boundedCache/BoundedCache.ts"
import { optimum } from "./support/optimum.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { spread } from "./support/stats.ts"
import { drift, loop, recorded, scans, type Trace, zipf } from "./support/traces.ts"

const requests = quick ? 100_000 : 1_000_000
const rounds = quick ? 3 : 9
const hits = quick ? 200_000 : 2_000_000

interface Cache {
  readonly get: (key: string) => unknown
  readonly set: (key: string, value: object) => unknown
}

const contenders = {
  "lru-cache": (entries: number): Cache => {
    const cache = new LRUCache<string, object>({ max: entries })
    return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
  },
  /** Exceeds its capacity by up to 1 % between evictions; uses a timer. */
  transitory: (entries: number): Cache => {
    const cache = newCache<string, object>().maxSize(entries).build()
    return { get: (key) => cache.getIfPresent(key) ?? undefined, set: (key, value) => cache.set(key, value) }
  },
  ours: (entries: number): Cache => {
    const { get, set } = BoundedCache.make<object>({ capacity: entries, maxBytes: entries })
    return { get, set: (key, value) => set(key, value, 1) }
  }
}
type Name = keyof typeof contenders
const names: ReadonlyArray<Name> = ["lru-cache", "transitory", "ours"]

const value = {}

/** In percent. */
const hitRatio = (name: Name, trace: Trace, entries: number) => {
  const cache = contenders[name](entries)
  let found = 0
  for (const key of trace) {
    if (cache.get(key) === undefined) cache.set(key, value)
    else found++
  }
  return (found / trace.length) * 100
}

interface Replay {
  readonly what: string
  readonly trace: () => Trace
  readonly entries: number
  /** Target in percent; undefined: at least LRU's; null: no target. */
  readonly atLeast?: number | null
}

const replays: ReadonlyArray<Replay> = [
  { what: "OLTP", trace: () => recorded("oltp"), entries: 1000, atLeast: 38 },
  { what: "gli", trace: () => recorded("gli"), entries: 500, atLeast: 25 },
  { what: "Zipf 0.9", trace: () => zipf(requests), entries: 1000 },
  { what: "Zipf 0.9 with scans", trace: () => scans(requests), entries: 1000 },
  { what: "loop of 1,100", trace: () => loop(requests, 1100), entries: 1000 },
  { what: "newest first", trace: () => drift(requests), entries: 1000, atLeast: null }
]

const percent = (ratio: number) => `${ratio.toFixed(1)} %`

/** Nanoseconds per hit, in a cache with twice the needed capacity. */
const hitCost = (name: Name) => {
  const cache = contenders[name](2000)
  const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`)
  for (const key of keys) cache.set(key, value)
  const asked = Array.from({ length: 4096 }, (_, index) => keys[(index * 7919) % keys.length] ?? "")
  let found = 0
  const started = performance.now()
  for (let done = 0; done < hits; done += asked.length) {
    for (const key of asked) if (cache.get(key) !== undefined) found++
  }
  return ((performance.now() - started) / found) * 1e6
}

await benchmark("hit-ratio", "hit ratios of bounded caches", async () => {
  const rows: Array<ReadonlyArray<string>> = []
  for (const { atLeast, entries, trace, what } of replays) {
    const keys = trace()
    const [lru, theirs, ours] = [
      hitRatio("lru-cache", keys, entries),
      hitRatio("transitory", keys, entries),
      hitRatio("ours", keys, entries)
    ]
    const best = optimum(keys, entries) * 100
    rows.push([what, show(keys.length), show(entries), ...[lru, theirs, ours, best].map(percent)])
    if (atLeast !== null) target(`${what}, hit ratio in percent`, ours, "at least", atLeast ?? lru)
  }
  table(["", "requests", "entries", ...names, "optimum"], rows)

  for (const name of names) hitCost(name)
  const costs = await interleaved<Name, number>(
    rounds,
    names.map((name) => [name, () => hitCost(name)] as const)
  )
  note("A hit")
  table(
    ["", "ns"],
    names.map((name) => [name, show(spread(costs(name)))])
  )
  target("a hit of ours, microseconds", spread(costs("ours")).median / 1000, "at most", 0.5)
})
