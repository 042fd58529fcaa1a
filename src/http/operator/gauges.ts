// The stack's own metrics.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { Accounts, maxVisitorsPerUser } from "../../layers/accounts/Accounts.ts"
import { Analytics } from "../../layers/analytics/Analytics.ts"
import { AnalyticsCache, type AnalyticsCacheStats } from "../../layers/analytics/AnalyticsCache.ts"
import { type QueryStats, removalCauses } from "../../layers/analytics/CacheStats.ts"
import type { BusDifferences } from "../../layers/eventBus/BusComparison.ts"
import { EventBus } from "../../layers/eventBus/EventBus.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { type CapacitySignal, CapacitySignals, isExceeded } from "../../layers/node/CapacitySignals.ts"
import { ClusterMembership } from "../../layers/node/ClusterMembership.ts"
import { Projections } from "../../layers/projections/Projections.ts"
import { maxCommandResults, maxSessions, RateLimits } from "../../layers/rateLimits/RateLimits.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { Sql } from "../../layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../layers/subscriptions/Subscriptions.ts"
import { UnsentBytes } from "../server/UnsentBytes.ts"
import { withTimeout } from "../server/withTimeout.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { Metrics, type Samples, metric as write } from "./Metrics.ts"

/** HELP texts; a metric without one is a type error. */
const help = {
  evenstar_analytics_cache_bytes: "Bytes of the query results in the cache.",
  evenstar_analytics_cache_entries: "Query results in the cache.",
  evenstar_analytics_cache_evictions_by_cause_total: "Query results that left the cache, by cause.",
  evenstar_analytics_cache_evictions_total: "Query results that left the cache.",
  evenstar_analytics_cache_failures_total: "Queries that failed.",
  evenstar_analytics_cache_hits_total: "Query results answered from the cache.",
  evenstar_analytics_cache_load_seconds_total: "Seconds spent on computing query results.",
  evenstar_analytics_cache_loads_total: "Query results computed.",
  evenstar_analytics_cache_misses_total: "Query results that were not in the cache.",
  evenstar_analytics_queue_waiting: "Analytics queries waiting for execution.",
  evenstar_analytics_sequence: "Sequence up to which analytics has read the log.",
  evenstar_bus_compared_total: "Events carried by both buses while two are compared.",
  evenstar_bus_lagged_total: "Events that bus subscribers missed and read from the log.",
  evenstar_bus_missing_total: "Events that one of two compared buses did not carry.",
  evenstar_bus_silent: "1 while the event bus is silent.",
  evenstar_events_appended_total: "Events appended by this process.",
  evenstar_events_undecodable_total: "Events that could not be decoded.",
  evenstar_feed_subscribers: "Subscribers of the event feed.",
  evenstar_idempotency_answers: "Stored results of idempotency keys, as of the last count.",
  evenstar_idempotency_answers_limit: "Maximum number of stored results of idempotency keys.",
  evenstar_log_head_sequence: "Sequence of the newest event in the log.",
  evenstar_nodes: "Nodes on this log.",
  evenstar_projection_sequence: "Checkpoint of a projection: the last sequence it has applied.",
  evenstar_rate_limited_total: "Requests refused by a rate limit.",
  evenstar_sessions: "Stored sessions, as of the last count.",
  evenstar_sessions_limit: "Maximum number of stored sessions.",
  evenstar_sessions_created_total: "Sessions created by this process.",
  evenstar_signal_commit_seconds: "Duration of a commit in seconds.",
  evenstar_signal_commit_seconds_threshold: "Commit duration in seconds at which one node is saturated.",
  evenstar_signal_events_per_second: "Events appended per second.",
  evenstar_signal_events_per_second_threshold: "Events per second at which one node is saturated.",
  evenstar_signal_exceeded: "1 if a capacity signal has reached its threshold.",
  evenstar_signal_streams: "Open streams.",
  evenstar_signal_streams_threshold: "Open streams at which one node is saturated.",
  evenstar_signal_subscriber_lag: "Lag of the slowest subscriber, in events.",
  evenstar_shared_feeds_open: "Feeds open on shared streams.",
  evenstar_signal_subscriber_lag_threshold: "Subscriber lag in events at which one node is saturated.",
  evenstar_streams_limit: "Maximum number of open streams.",
  evenstar_streams_open: "Open streams.",
  evenstar_streams_refused_total: "Streams refused by a limit.",
  evenstar_unsent_bytes: "Response bytes not yet read by clients.",
  evenstar_unsent_limit_bytes: "Maximum number of unread response bytes.",
  evenstar_unsent_refused_total: "Responses refused because too many bytes are unread.",
  evenstar_user_visitors: "Largest number of visitors of one user, among users with a request since the start.",
  evenstar_user_visitors_limit: "Maximum number of visitors of a user.",
  evenstar_wal_bytes: "Size of SQLite's write-ahead log in bytes."
} as const

const metric = (name: keyof typeof help, type: "counter" | "gauge", samples: Samples | number) =>
  write(name, help[name], type, samples)

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)

const cacheMetrics = ({ bytes, entries, queries }: AnalyticsCacheStats): ReadonlyArray<string> => {
  const all = [...queries]
  const byQuery = (of: (stats: QueryStats) => number): Samples =>
    all.map(([query, stats]) => [`{query="${query}"}`, of(stats)])
  const byCause: Samples = removalCauses.map((cause) => [
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

/** Counters of the comparison while two buses run. */
const compared = (found: BusDifferences | undefined) =>
  found === undefined
    ? []
    : [
        metric("evenstar_bus_compared_total", "counter", found.both),
        metric("evenstar_bus_missing_total", "counter", [
          ['{bus="first"}', found.onlySecond],
          ['{bus="second"}', found.onlyFirst]
        ])
      ]

/** Saturation metrics with thresholds; a metric each, because the units differ. */
const signalMetrics = (signals: ReadonlyArray<CapacitySignal>) => [
  ...signals.flatMap(({ name, threshold, value }) => [
    metric(`evenstar_signal_${name}`, "gauge", value),
    metric(`evenstar_signal_${name}_threshold`, "gauge", threshold)
  ]),
  metric(
    "evenstar_signal_exceeded",
    "gauge",
    signals.map((signal) => [`{signal="${signal.name}"}`, isExceeded(signal) ? 1 : 0])
  )
]

/** Omits metrics that need an unavailable database and keeps the others. */
const unlessAway = <A>(asked: Effect.Effect<A, StoreUnavailable>, metrics: (found: A) => ReadonlyArray<string>) =>
  Effect.match(withTimeout(asked), { onSuccess: metrics, onFailure: () => [] })

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { add } = yield* Metrics
    const store = yield* EventStore
    const sql = yield* Sql
    const bus = yield* EventBus
    const subscriptions = yield* Subscriptions
    const projections = yield* Projections
    const failures = yield* DecodeFailures
    const nodes = yield* ClusterMembership
    const signals = yield* CapacitySignals
    const sessions = yield* SessionStore
    const accounts = yield* Accounts
    const streams = yield* SseConnections
    const unsent = (yield* UnsentBytes).ledger
    const rateLimits = yield* RateLimits
    const analytics = yield* Analytics
    const cache = yield* AnalyticsCache

    const byLimit = (counts: Readonly<Record<string, number>>): Samples =>
      Object.entries(counts).map(([of, count]) => [`{limit="${of}"}`, count])

    add(
      Effect.gen(function* () {
        const { limits, open, refused } = yield* streams.count
        const cursors = [...(yield* projections.cursors)]
        return [
          ...(yield* unlessAway(store.head, (head) => [metric("evenstar_log_head_sequence", "gauge", head)])),
          metric("evenstar_events_appended_total", "counter", yield* store.appended),
          metric("evenstar_idempotency_answers", "gauge", yield* store.storedCommandResults),
          metric("evenstar_idempotency_answers_limit", "gauge", maxCommandResults),
          metric("evenstar_wal_bytes", "gauge", yield* sql.walBytes),
          metric("evenstar_events_undecodable_total", "counter", yield* failures.total),
          metric("evenstar_feed_subscribers", "gauge", yield* subscriptions.subscribers),
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
          metric("evenstar_shared_feeds_open", "gauge", yield* streams.sharedFeeds),
          metric("evenstar_streams_limit", "gauge", byLimit(limits)),
          metric("evenstar_streams_refused_total", "counter", byLimit(refused)),
          metric("evenstar_rate_limited_total", "counter", byLimit(yield* rateLimits.refused)),
          metric("evenstar_sessions", "gauge", yield* sessions.kept),
          metric("evenstar_sessions_limit", "gauge", maxSessions),
          metric("evenstar_sessions_created_total", "counter", yield* sessions.created),
          metric("evenstar_user_visitors", "gauge", yield* accounts.mostVisitors),
          metric("evenstar_user_visitors_limit", "gauge", maxVisitorsPerUser),
          metric("evenstar_analytics_queue_waiting", "gauge", analytics.waiting()),
          metric("evenstar_analytics_sequence", "gauge", analytics.status().sequence),
          ...cacheMetrics(cache.stats()),
          metric(
            "evenstar_projection_sequence",
            "gauge",
            cursors.map(([name, cursor]) => [`{projection="${name}"}`, cursor])
          )
        ]
      })
    )
  })
).pipe(Layer.provide(UnsentBytes.layer))
