// The stack's Layers in tiers, with the features on top. A tier depends only on the tiers below.
import * as Layer from "effect/Layer"
import * as AccountApi from "./http/account/AccountApi.ts"
import * as AccountPages from "./http/account/AccountPages.ts"
import { Visitor } from "./http/account/Visitor.ts"
import * as AnalyticsApi from "./http/analytics/AnalyticsApi.ts"
import * as AnalyticsFeed from "./http/analytics/AnalyticsFeed.ts"
import * as AnalyticsPage from "./http/analytics/AnalyticsPage.ts"
import { Dashboard } from "./http/analytics/Dashboard.ts"
import { Subjects } from "./http/analytics/Subjects.ts"
import type { Feature } from "./http/Feature.ts"
import { Fragments } from "./http/live/Fragments.ts"
import * as StartPage from "./http/live/StartPage.ts"
import * as AnalyticsAdmin from "./http/operator/AnalyticsAdmin.ts"
import * as Checks from "./http/operator/checks.ts"
import * as DevFeed from "./http/operator/DevFeed.ts"
import * as EventBusAdmin from "./http/operator/EventBusAdmin.ts"
import * as EventsRoute from "./http/operator/EventsRoute.ts"
import * as Gauges from "./http/operator/gauges.ts"
import * as Health from "./http/operator/Health.ts"
import * as Metrics from "./http/operator/Metrics.ts"
import { Readiness } from "./http/operator/Readiness.ts"
import * as ApiDescription from "./http/server/ApiDescription.ts"
import { exactRouter } from "./http/server/exactRouter.ts"
import { FastRouter } from "./http/server/FastRouter.ts"
import { Server } from "./http/server/Server.ts"
import * as StaticFiles from "./http/server/StaticFiles.ts"
import * as WebManifest from "./http/server/WebManifest.ts"
import * as LiveStream from "./http/sse/LiveStream.ts"
import { SseConnections } from "./http/sse/SseConnections.ts"
import { ErrorPageAssets } from "./http/views/pageAssets.ts"
import * as AccountsBackend from "./layers/accounts/AccountsBackend.ts"
import { Passkeys } from "./layers/accounts/Passkeys.ts"
import { AggregateChanges } from "./layers/aggregates/AggregateChanges.ts"
import { Ownership } from "./layers/aggregates/Ownership.ts"
import { Snapshots } from "./layers/aggregates/Snapshots.ts"
import * as AnalyticsBackend from "./layers/analytics/AnalyticsBackend.ts"
import { AnalyticsCache } from "./layers/analytics/AnalyticsCache.ts"
import { Queries } from "./layers/analytics/Queries.ts"
import { stackQueries } from "./layers/analytics/stackQueries.ts"
import { Assets } from "./layers/assets/Assets.ts"
import * as SharedAssetsBackend from "./layers/assets/SharedAssetsBackend.ts"
import * as EventBusBackend from "./layers/eventBus/EventBusBackend.ts"
import * as EventStoreBackend from "./layers/eventStore/EventStoreBackend.ts"
import { CapacitySignals } from "./layers/node/CapacitySignals.ts"
import * as ClusterMembershipBackend from "./layers/node/ClusterMembershipBackend.ts"
import { Ids } from "./layers/node/Ids.ts"
import { NodeIdentity } from "./layers/node/NodeIdentity.ts"
import { Settings } from "./layers/node/Settings.ts"
import * as PostgresBackend from "./layers/postgres/PostgresBackend.ts"
import { Presence } from "./layers/presence/Presence.ts"
import { Projections } from "./layers/projections/Projections.ts"
import * as RateLimitsBackend from "./layers/rateLimits/RateLimitsBackend.ts"
import * as SessionStoreBackend from "./layers/sessions/SessionStoreBackend.ts"
import { Sql } from "./layers/sqlite/Sql.ts"
import { DecodeFailures } from "./layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "./layers/subscriptions/Subscriptions.ts"

const storage = Layer.mergeAll(EventStoreBackend.layer, SessionStoreBackend.layer, AccountsBackend.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(EventBusBackend.layer, Ids.layer)),
  Layer.provideMerge(ClusterMembershipBackend.layer),
  Layer.provideMerge(Sql.layer),
  Layer.provideMerge(Layer.mergeAll(PostgresBackend.layer, NodeIdentity.layer)),
  Layer.provideMerge(Settings.layer)
)

const events = Layer.mergeAll(Projections.layer, Snapshots.layer, AggregateChanges.layer, Ownership.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(Subscriptions.layer, DecodeFailures.layer)),
  Layer.provideMerge(storage)
)

const analytics = AnalyticsCache.layer.pipe(Layer.provideMerge(AnalyticsBackend.layer), Layer.provideMerge(events))

const identity = Layer.mergeAll(Visitor.layer, Passkeys.layer, CapacitySignals.layer).pipe(
  Layer.provideMerge(RateLimitsBackend.layer),
  Layer.provideMerge(analytics)
)

const http = Layer.mergeAll(
  SharedAssetsBackend.layer,
  exactRouter,
  Fragments.layer,
  Health.HealthChecks.layer,
  Metrics.Metrics.layer,
  Presence.layer,
  Readiness.layer,
  SseConnections.layer
).pipe(
  Layer.provideMerge(FastRouter.layer),
  Layer.provideMerge(ErrorPageAssets.layer),
  Layer.provideMerge(Assets.layer),
  Layer.provideMerge(identity)
)

/** The stack's own routes. */
const routes = Layer.mergeAll(
  AccountApi.layer,
  AnalyticsAdmin.layer,
  AnalyticsApi.layer,
  AnalyticsFeed.layer,
  AnalyticsPage.layer,
  Checks.layer,
  DevFeed.layer,
  EventBusAdmin.layer,
  EventsRoute.layer,
  Gauges.layer,
  Health.layer,
  LiveStream.layer,
  Metrics.layer,
  StartPage.route,
  StaticFiles.layer,
  WebManifest.layer
)

export const stack = (features: ReadonlyArray<Feature>) => {
  const subjects = features.flatMap(({ subject }) => subject?.param ?? [])
  const things = features.flatMap((feature) => feature.things ?? [])
  const parts = features.flatMap(({ dashboard }) => dashboard ?? [])
  const queries = features.flatMap((feature) => feature.queries)
  const own = stackQueries(subjects)
  const account = AccountPages.layer(things)
  const description = ApiDescription.layer(features.flatMap(({ api }) => api))
  const registries = Layer.mergeAll(
    Dashboard.layer(own, parts, things),
    StartPage.StartPage.layer(features.map(({ name }) => name)),
    Subjects.layer(subjects)
  )
  return Server.layer.pipe(
    Layer.provide(Layer.mergeAll(routes, account, description)),
    // Built before the stack's routes, which read the registries that features fill.
    Layer.provide(Layer.mergeAll(Layer.empty, ...features.map(({ layer }) => layer))),
    Layer.provide(registries),
    Layer.provide(http),
    Layer.provide(Queries.layer(own, queries))
  )
}
