// Composes the Layers and launches them. Nothing else.
import * as Layer from "effect/Layer"
import * as AccountApi from "./http/account/AccountApi.ts"
import * as AccountPages from "./http/account/AccountPages.ts"
import { Visitor } from "./http/account/Visitor.ts"
import * as AnalyticsApi from "./http/analytics/AnalyticsApi.ts"
import * as AnalyticsFeed from "./http/analytics/AnalyticsFeed.ts"
import * as AnalyticsPage from "./http/analytics/AnalyticsPage.ts"
import * as Api from "./http/live/Api.ts"
import * as ListFeeds from "./http/live/ListFeeds.ts"
import { ListFragments } from "./http/live/ListFragments.ts"
import * as Pages from "./http/live/Pages.ts"
import * as AnalyticsAdmin from "./http/operator/AnalyticsAdmin.ts"
import * as DevFeed from "./http/operator/DevFeed.ts"
import * as EventBusAdmin from "./http/operator/EventBusAdmin.ts"
import * as EventsRoute from "./http/operator/EventsRoute.ts"
import * as Health from "./http/operator/Health.ts"
import * as Metrics from "./http/operator/Metrics.ts"
import { Readiness } from "./http/operator/Readiness.ts"
import { FastRouter } from "./http/server/FastRouter.ts"
import { exactRouter } from "./http/server/pageRoutes.ts"
import { Server } from "./http/server/Server.ts"
import * as StaticFiles from "./http/server/StaticFiles.ts"
import * as LiveStream from "./http/sse/LiveStream.ts"
import { SseConnections } from "./http/sse/SseConnections.ts"
import { launch } from "./launch.ts"
import * as AccountsBackend from "./layers/accounts/AccountsBackend.ts"
import { Passkeys } from "./layers/accounts/Passkeys.ts"
import { Snapshots } from "./layers/aggregates/Snapshots.ts"
import { TodoLists } from "./layers/aggregates/TodoLists.ts"
import * as AnalyticsBackend from "./layers/analytics/AnalyticsBackend.ts"
import { AnalyticsCache } from "./layers/analytics/AnalyticsCache.ts"
import * as AssetShelfBackend from "./layers/assets/AssetShelfBackend.ts"
import { Assets } from "./layers/assets/Assets.ts"
import * as EventBusBackend from "./layers/eventBus/EventBusBackend.ts"
import * as EventStoreBackend from "./layers/eventStore/EventStoreBackend.ts"
import { Ids } from "./layers/node/Ids.ts"
import { NodeIdentity } from "./layers/node/NodeIdentity.ts"
import * as NodesBackend from "./layers/node/NodesBackend.ts"
import { Settings } from "./layers/node/Settings.ts"
import { Signals } from "./layers/node/Signals.ts"
import * as PostgresBackend from "./layers/postgres/PostgresBackend.ts"
import { Projections } from "./layers/projections/Projections.ts"
import * as RateLimitsBackend from "./layers/rateLimits/RateLimitsBackend.ts"
import * as SessionStoreBackend from "./layers/sessions/SessionStoreBackend.ts"
import { Sql } from "./layers/sqlite/Sql.ts"
import { DecodeFailures } from "./layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "./layers/subscriptions/Subscriptions.ts"
import { VisitorLists } from "./layers/VisitorLists.ts"

const routes = Layer.mergeAll(
  Pages.layer,
  ListFeeds.layer,
  LiveStream.layer,
  EventsRoute.layer,
  Api.layer,
  AccountPages.layer,
  AccountApi.layer,
  AnalyticsPage.layer,
  AnalyticsFeed.layer,
  AnalyticsApi.layer,
  AnalyticsAdmin.layer,
  EventBusAdmin.layer,
  StaticFiles.layer,
  DevFeed.layer,
  Health.layer,
  Metrics.layer
)

const application = Server.layer.pipe(
  Layer.provide(routes),
  Layer.provide([
    Readiness.layer,
    exactRouter,
    FastRouter.layer,
    SseConnections.layer,
    ListFragments.layer,
    Visitor.layer,
    AssetShelfBackend.layer.pipe(Layer.provideMerge(Assets.layer))
  ]),
  Layer.provide([
    Passkeys.layer,
    TodoLists.layer,
    VisitorLists.layer,
    RateLimitsBackend.layer,
    AnalyticsCache.layer,
    Signals.layer
  ]),
  Layer.provide([Projections.layer, Snapshots.layer, AnalyticsBackend.layer]),
  Layer.provide([Subscriptions.layer, DecodeFailures.layer]),
  Layer.provide([EventStoreBackend.layer, SessionStoreBackend.layer, AccountsBackend.layer]),
  Layer.provide([EventBusBackend.layer, Ids.layer]),
  Layer.provide(NodesBackend.layer),
  Layer.provide(Sql.layer),
  Layer.provide([PostgresBackend.layer, NodeIdentity.layer]),
  Layer.provide(Settings.layer)
)

launch(application)
