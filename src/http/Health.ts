// Whether the process lives, is ready, and how its parts are; and the same in numbers for Prometheus.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { Analytics } from "../layers/analytics/Analytics.ts"
import { AnalyticsCache, type Stats } from "../layers/analytics/AnalyticsCache.ts"
import { causes, type QueryStats } from "../layers/analytics/CacheStats.ts"
import { describe } from "../layers/analytics/ingest.ts"
import { DecodeFailures } from "../layers/DecodeFailures.ts"
import { EventBus } from "../layers/EventBus.ts"
import { EventFeed } from "../layers/EventFeed.ts"
import { EventStore } from "../layers/EventStore.ts"
import { Projections } from "../layers/Projections.ts"
import { RateLimits } from "../layers/RateLimits.ts"
import { SessionStore } from "../layers/SessionStore.ts"
import { Settings } from "../layers/Settings.ts"
import { requireOperator } from "./admin.ts"
import { answered } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"

const json = (body: unknown, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), {
    status,
    contentType: "application/json",
    headers: { "cache-control": "no-store" }
  })

interface Component {
  readonly status: "ok" | "degraded" | "down"
  readonly reason?: string
}

/** The worst of its parts. */
const overall = (components: Readonly<Record<string, Component>>): Component["status"] => {
  const found = new Set(Object.values(components).map(({ status }) => status))
  return found.has("down") ? "down" : found.has("degraded") ? "degraded" : "ok"
}

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

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const bus = yield* EventBus
    const feed = yield* EventFeed
    const projections = yield* Projections
    const failures = yield* DecodeFailures
    const sessions = yield* SessionStore
    const streams = yield* EventStreams
    const rateLimits = yield* RateLimits
    const analytics = yield* Analytics
    const cache = yield* AnalyticsCache
    const { environment } = yield* Settings
    const operator = yield* requireOperator

    const log = Effect.match(store.head, {
      onSuccess: (): Component => ({ status: "ok" }),
      onFailure: ({ reason }): Component => ({ status: "down", reason })
    })
    const readModels = Effect.map(projections.status, (all): Component => {
      const waiting = all.flatMap(({ name, waiting }) => (waiting === null ? [] : [`${name} waits: ${waiting}`]))
      const rebuilding = all.filter((it) => it.rebuilding).map(({ name }) => `${name} is being rebuilt`)
      const reason = [...waiting, ...rebuilding].join("; ")
      return { status: waiting.length === 0 ? "ok" : "degraded", ...(reason === "" ? {} : { reason }) }
    })
    const events = Effect.map(failures.recent, ([newest]): Component => {
      if (newest === undefined) return { status: "ok" }
      const { consumer, eventType, reason, sequence } = newest
      return { status: "degraded", reason: `${consumer} can't read event ${sequence} (${eventType}): ${reason}` }
    })
    const queries = (): Component => {
      const { progress, unavailable } = analytics.status()
      if (unavailable !== undefined) return { status: "degraded", reason: unavailable }
      return progress === undefined ? { status: "ok" } : { status: "ok", reason: describe(progress) }
    }
    const health = Effect.gen(function* () {
      const components = {
        eventStore: yield* log,
        projections: yield* readModels,
        analytics: queries(),
        events: yield* events
      }
      const status = overall(components)
      // In production the detail is the operator's.
      const mayKnow = environment !== "production" || (yield* Effect.isSuccess(operator))
      return json({ status, ...(mayKnow ? { components } : {}) }, status === "down" ? 503 : 200)
    })

    const metrics = Effect.gen(function* () {
      yield* operator
      const { limits, open, refused } = yield* streams.count
      const byLimit = (counts: Readonly<Record<string, number>>): Samples =>
        Object.entries(counts).map(([of, count]) => [`{limit="${of}"}`, count])
      const cursors = [...(yield* projections.cursors)]
      const text = [
        metric("evenstar_log_head_sequence", "gauge", yield* store.head),
        metric("evenstar_events_appended_total", "counter", yield* store.appended),
        metric("evenstar_events_undecodable_total", "counter", yield* failures.total),
        metric("evenstar_feed_subscribers", "gauge", yield* feed.subscribers),
        metric("evenstar_bus_lagged_total", "counter", yield* bus.lagged),
        metric("evenstar_streams_open", "gauge", open),
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

    yield* router.add("GET", "/health", answered(health))
    yield* router.add("GET", "/health/ready", answered(health))
    yield* router.add("GET", "/health/live", Effect.succeed(json({ status: "ok" })))
    yield* router.add("GET", "/metrics", answered(metrics))
  })
)
