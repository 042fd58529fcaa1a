// The application as src/main.ts composes it, and a publisher that appends events at a steady rate when it is asked to.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { CommandId, noVersion } from "../src/domain/StoredEvent.ts"
import * as AccountApi from "../src/http/account/AccountApi.ts"
import * as AccountPages from "../src/http/account/AccountPages.ts"
import { Visitor } from "../src/http/account/Visitor.ts"
import * as AnalyticsApi from "../src/http/analytics/AnalyticsApi.ts"
import * as AnalyticsFeed from "../src/http/analytics/AnalyticsFeed.ts"
import * as AnalyticsPage from "../src/http/analytics/AnalyticsPage.ts"
import * as Api from "../src/http/live/Api.ts"
import * as ListFeeds from "../src/http/live/ListFeeds.ts"
import { ListFragments } from "../src/http/live/ListFragments.ts"
import * as Pages from "../src/http/live/Pages.ts"
import * as AnalyticsAdmin from "../src/http/operator/AnalyticsAdmin.ts"
import * as EventBusAdmin from "../src/http/operator/EventBusAdmin.ts"
import * as EventsRoute from "../src/http/operator/EventsRoute.ts"
import * as Health from "../src/http/operator/Health.ts"
import * as Metrics from "../src/http/operator/Metrics.ts"
import { Readiness } from "../src/http/operator/Readiness.ts"
import { FastRouter } from "../src/http/server/FastRouter.ts"
import { exactRouter } from "../src/http/server/pageRoutes.ts"
import { Server } from "../src/http/server/Server.ts"
import * as StaticFiles from "../src/http/server/StaticFiles.ts"
import { SseConnections } from "../src/http/sse/SseConnections.ts"
import { launch } from "../src/launch.ts"
import * as AccountsBackend from "../src/layers/accounts/AccountsBackend.ts"
import { Passkeys } from "../src/layers/accounts/Passkeys.ts"
import { Snapshots } from "../src/layers/aggregates/Snapshots.ts"
import { TodoLists } from "../src/layers/aggregates/TodoLists.ts"
import * as AnalyticsBackend from "../src/layers/analytics/AnalyticsBackend.ts"
import { AnalyticsCache } from "../src/layers/analytics/AnalyticsCache.ts"
import { Assets } from "../src/layers/assets/Assets.ts"
import * as EventBusBackend from "../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../src/layers/node/Ids.ts"
import { NodeIdentity } from "../src/layers/node/NodeIdentity.ts"
import * as NodesBackend from "../src/layers/node/NodesBackend.ts"
import { Settings } from "../src/layers/node/Settings.ts"
import { Signals } from "../src/layers/node/Signals.ts"
import * as PostgresBackend from "../src/layers/postgres/PostgresBackend.ts"
import { Projections } from "../src/layers/projections/Projections.ts"
import * as RateLimitsBackend from "../src/layers/rateLimits/RateLimitsBackend.ts"
import * as SessionStoreBackend from "../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../src/layers/subscriptions/Subscriptions.ts"
import { VisitorLists } from "../src/layers/VisitorLists.ts"
import { answer, Publish } from "./support/calls.ts"
import { pace } from "./support/clock.ts"
import { aggregateType, eventType, payload, stamp } from "./support/samples.ts"

/** Each event is the first of an aggregate of its own; those of one tick are appended at the same time. */
const publisher = Layer.effectDiscard(
  Effect.gen(function* () {
    const store = yield* EventStore
    const ids = yield* Ids
    const run = Runtime.runPromise(yield* Effect.runtime<never>())

    const append = Effect.flatMap(ids.timeOrdered, (id) =>
      store.append({
        aggregate: { type: aggregateType, id },
        expectedVersion: noVersion,
        events: Arr.of({ eventType, schemaVersion: 1, payload: payload(stamp()) }),
        commandId: CommandId.make(id)
      })
    )
    answer(Publish, async (asked) => {
      const ticks: Array<Promise<ReadonlyArray<{ readonly sequence: number }>>> = []
      const seconds = await pace(asked, (count) => {
        ticks.push(run(Effect.all(Arr.replicate(append, count), { concurrency: "unbounded" })))
      })
      const sequences = (await Promise.all(ticks)).flat().map(({ sequence }) => sequence)
      return { first: Math.min(...sequences), last: Math.max(...sequences), seconds }
    })
  })
)

const routes = Layer.mergeAll(
  Pages.layer,
  ListFeeds.layer,
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
    Assets.layer
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
  Layer.merge(publisher),
  Layer.provide([EventStoreBackend.layer, SessionStoreBackend.layer, AccountsBackend.layer]),
  Layer.provide([EventBusBackend.layer, Ids.layer]),
  Layer.provide(NodesBackend.layer),
  Layer.provide(Sql.layer),
  Layer.provide([PostgresBackend.layer, NodeIdentity.layer]),
  Layer.provide(Settings.layer)
)

launch(application)
