// Composes the Layers and launches them. Nothing else.
import * as Layer from "effect/Layer"
import * as AccountApi from "./http/AccountApi.ts"
import * as AccountPages from "./http/AccountPages.ts"
import * as Api from "./http/Api.ts"
import * as AnalyticsAdmin from "./http/analytics/AnalyticsAdmin.ts"
import * as AnalyticsApi from "./http/analytics/AnalyticsApi.ts"
import * as AnalyticsFeed from "./http/analytics/AnalyticsFeed.ts"
import * as AnalyticsPage from "./http/analytics/AnalyticsPage.ts"
import * as DevFeed from "./http/DevFeed.ts"
import { Door } from "./http/Door.ts"
import * as EventBusAdmin from "./http/EventBusAdmin.ts"
import { EventStreams } from "./http/EventStreams.ts"
import * as EventsFeed from "./http/EventsFeed.ts"
import * as Health from "./http/Health.ts"
import * as ListFeeds from "./http/ListFeeds.ts"
import { ListFragments } from "./http/ListFragments.ts"
import * as LiveStream from "./http/LiveStream.ts"
import * as Metrics from "./http/Metrics.ts"
import * as Pages from "./http/Pages.ts"
import { exactRouter } from "./http/pageRoutes.ts"
import { Readiness } from "./http/Readiness.ts"
import { Server } from "./http/Server.ts"
import * as StaticFiles from "./http/StaticFiles.ts"
import { Visitor } from "./http/Visitor.ts"
import { launch } from "./launch.ts"
import { Accounts } from "./layers/Accounts.ts"
import { Analytics } from "./layers/analytics/Analytics.ts"
import { AnalyticsCache } from "./layers/analytics/AnalyticsCache.ts"
import { AssetShelf } from "./layers/assets/AssetShelf.ts"
import { Assets } from "./layers/assets/Assets.ts"
import { DecodeFailures } from "./layers/DecodeFailures.ts"
import { EventBus } from "./layers/EventBus.ts"
import { EventFeed } from "./layers/EventFeed.ts"
import { EventStore } from "./layers/EventStore.ts"
import { Ids } from "./layers/Ids.ts"
import { Nodes } from "./layers/Nodes.ts"
import { Passkeys } from "./layers/Passkeys.ts"
import { Projections } from "./layers/Projections.ts"
import { Postgres } from "./layers/postgres/Postgres.ts"
import { RateLimits } from "./layers/RateLimits.ts"
import { SessionStore } from "./layers/SessionStore.ts"
import { Settings } from "./layers/Settings.ts"
import { Signals } from "./layers/Signals.ts"
import { Snapshots } from "./layers/Snapshots.ts"
import { Sql } from "./layers/Sql.ts"
import { ThisNode } from "./layers/ThisNode.ts"
import { TodoLists } from "./layers/TodoLists.ts"
import { VisitorLists } from "./layers/VisitorLists.ts"

const routes = Layer.mergeAll(
  Pages.layer,
  ListFeeds.layer,
  LiveStream.layer,
  EventsFeed.layer,
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
    Door.layer,
    EventStreams.layer,
    ListFragments.layer,
    Visitor.layer,
    AssetShelf.layer.pipe(Layer.provideMerge(Assets.layer))
  ]),
  Layer.provide([
    Passkeys.layer,
    TodoLists.layer,
    VisitorLists.layer,
    RateLimits.layer,
    AnalyticsCache.layer,
    Signals.layer
  ]),
  Layer.provide([Projections.layer, Snapshots.layer, Analytics.layer]),
  Layer.provide([EventFeed.layer, DecodeFailures.layer]),
  Layer.provide([EventStore.layer, SessionStore.layer, Accounts.layer]),
  Layer.provide([EventBus.layer, Ids.layer]),
  Layer.provide(Nodes.layer),
  Layer.provide(Sql.layer),
  Layer.provide([Postgres.layer, ThisNode.layer]),
  Layer.provide(Settings.layer)
)

launch(application)
