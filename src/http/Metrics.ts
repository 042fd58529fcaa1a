// GET /metrics: how the parts are, in numbers for Prometheus.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { Analytics } from "../layers/analytics/Analytics.ts"
import { AnalyticsCache, type Stats } from "../layers/analytics/AnalyticsCache.ts"
import { causes, type QueryStats } from "../layers/analytics/CacheStats.ts"
import type { Compared } from "../layers/bus/Comparison.ts"
import { DecodeFailures } from "../layers/DecodeFailures.ts"
import { EventBus } from "../layers/EventBus.ts"
import { EventFeed } from "../layers/EventFeed.ts"
import { EventStore } from "../layers/EventStore.ts"
import { Nodes } from "../layers/Nodes.ts"
import { Projections } from "../layers/Projections.ts"
import { RateLimits } from "../layers/RateLimits.ts"
import { SessionStore } from "../layers/SessionStore.ts"
import { isExceeded, type Signal, Signals } from "../layers/Signals.ts"
import { Sql } from "../layers/Sql.ts"
import { requireOperator } from "./admin.ts"
import { answered } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"
import { promptly } from "./promptly.ts"
import { UnsentBytes } from "./UnsentBytes.ts"

type Samples = ReadonlyArray<readonly [labels: string, value: number]>

/** A metric of the Prometheus text format, with its samples. */
const metric = (name: string, type: "counter" | "gauge", samples: Samples | number) => {
  const all: Samples = typeof samples === "number" ? [["", samples]] : samples
  return `# TYPE ${name} ${type}\n${all.map(([labels, value]) => `${name}${labels} ${value}\n`).join("")}`
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)

const cacheMetrics = ({ bytes, entries, queries }: Stats): ReadonlyArray<string> => {
  const all = [...queries]
  const byQuery = (of: (stats: QueryStats) => number): Samples =>
    all.map(([query, stats]) => [`{query="${query}"}`, of(stats)])
  const byCause: Samples = causes.map((cause) => [
    `{cause="${cause}"}`,
    all.reduce((count, [, { evictions }]) => count + evictions[cause], 0)
  ])
  return [
    metric(
      "evenstar_analytics_cache_hits_total",
      "counter",
      byQuery(({ hits }) => hits)
    ),
    metric(
      "evenstar_analytics_cache_misses_total",
      "counter",
      byQuery(({ misses }) => misses)
    ),
    metric(
      "evenstar_analytics_cache_loads_total",
      "counter",
      byQuery(({ loads }) => loads)
    ),
    metric(
      "evenstar_analytics_cache_load_seconds_total",
      "counter",
      byQuery(({ loadMillis }) => loadMillis / 1000)
    ),
    metric(
      "evenstar_analytics_cache_failures_total",
      "counter",
      byQuery(({ failures }) => failures)
    ),
    metric(
      "evenstar_analytics_cache_evictions_total",
      "counter",
      byQuery(({ evictions }) => sum(evictions))
    ),
    metric("evenstar_analytics_cache_evictions_by_cause_total", "counter", byCause),
    metric("evenstar_analytics_cache_entries", "gauge", entries),
    metric("evenstar_analytics_cache_bytes", "gauge", bytes)
  ]
}

/** While two buses run: events that both brought, and that one of them didn't. */
const compared = (found: Compared | undefined) =>
  found === undefined
    ? []
    : [
        metric("evenstar_bus_compared_total", "counter", found.both),
        metric("evenstar_bus_missing_total", "counter", [
          ['{bus="first"}', found.onlySecond],
          ['{bus="second"}', found.onlyFirst]
        ])
      ]

/** What says that this node gets too small, and from where on. */
const signalMetrics = (signals: ReadonlyArray<Signal>) => {
  const each = (of: (signal: Signal) => number): Samples =>
    signals.map((signal) => [`{signal="${signal.name}"}`, of(signal)])
  return [
    metric(
      "evenstar_signal",
      "gauge",
      each(({ value }) => value)
    ),
    metric(
      "evenstar_signal_threshold",
      "gauge",
      each(({ threshold }) => threshold)
    ),
    metric(
      "evenstar_signal_exceeded",
      "gauge",
      each((signal) => (isExceeded(signal) ? 1 : 0))
    )
  ]
}

/** While the database is away, what only it knows is left out: the rest is what one wants to see then. */
const unlessAway = <A>(asked: Effect.Effect<A, StoreUnavailable>, metrics: (found: A) => ReadonlyArray<string>) =>
  Effect.match(promptly(asked), { onSuccess: metrics, onFailure: () => [] })

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const sql = yield* Sql
    const bus = yield* EventBus
    const feed = yield* EventFeed
    const projections = yield* Projections
    const failures = yield* DecodeFailures
    const nodes = yield* Nodes
    const signals = yield* Signals
    const sessions = yield* SessionStore
    const streams = yield* EventStreams
    const unsent = (yield* UnsentBytes).ledger
    const rateLimits = yield* RateLimits
    const analytics = yield* Analytics
    const cache = yield* AnalyticsCache
    const operator = yield* requireOperator

    const metrics = Effect.gen(function* () {
      yield* operator
      const { limits, open, refused } = yield* streams.count
      const byLimit = (counts: Readonly<Record<string, number>>): Samples =>
        Object.entries(counts).map(([of, count]) => [`{limit="${of}"}`, count])
      const cursors = [...(yield* projections.cursors)]
      const text = [
        ...(yield* unlessAway(store.head, (head) => [metric("evenstar_log_head_sequence", "gauge", head)])),
        metric("evenstar_events_appended_total", "counter", yield* store.appended),
        metric("evenstar_wal_bytes", "gauge", yield* sql.walBytes),
        metric("evenstar_events_undecodable_total", "counter", yield* failures.total),
        metric("evenstar_feed_subscribers", "gauge", yield* feed.subscribers),
        metric("evenstar_bus_lagged_total", "counter", yield* bus.lagged),
        metric("evenstar_bus_silent", "gauge", bus.silent() === undefined ? 0 : 1),
        ...compared(yield* bus.compared),
        ...(yield* unlessAway(nodes.all, (all) => [metric("evenstar_nodes", "gauge", all.length)])),
        ...signalMetrics(yield* signals.read(open)),
        metric("evenstar_streams_open", "gauge", open),
        metric("evenstar_unsent_bytes", "gauge", unsent.total),
        metric("evenstar_unsent_limit_bytes", "gauge", [
          ['{of="all"}', unsent.limits.inAll],
          ['{of="network"}', unsent.limits.ofNetwork]
        ]),
        metric("evenstar_unsent_refused_total", "counter", unsent.refused),
        metric("evenstar_streams_limit", "gauge", byLimit(limits)),
        metric("evenstar_streams_refused_total", "counter", byLimit(refused)),
        metric("evenstar_rate_limited_total", "counter", byLimit(yield* rateLimits.refused)),
        metric("evenstar_sessions_created_total", "counter", yield* sessions.created),
        metric("evenstar_analytics_sequence", "gauge", analytics.status().sequence),
        ...cacheMetrics(cache.stats()),
        metric(
          "evenstar_projection_sequence",
          "gauge",
          cursors.map(([name, cursor]) => [`{projection="${name}"}`, cursor])
        )
      ].join("")
      return HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
    })

    yield* router.add("GET", "/metrics", answered(metrics))
  })
).pipe(Layer.provide(UnsentBytes.layer))
