// The application's event store Layers in this process, on a directory of the benchmark.
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as AnalyticsBackend from "../../src/layers/analytics/AnalyticsBackend.ts"
import * as EventBusBackend from "../../src/layers/eventBus/EventBusBackend.ts"
import * as EventStoreBackend from "../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../src/layers/node/Ids.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import * as PostgresBackend from "../../src/layers/postgres/PostgresBackend.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../src/layers/subscriptions/Subscriptions.ts"

const layers = (directory: string, others: Record<string, string> = {}) => {
  const settings = Settings.layer.pipe(
    Layer.provide(
      Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ DATA_DIR: directory, ...others }))))
    )
  )
  return Subscriptions.layer.pipe(
    Layer.provideMerge(EventStoreBackend.layer),
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(PostgresBackend.layer),
    Layer.provideMerge(settings)
  )
}

export const eventLog = (directory: string) => ManagedRuntime.make(layers(directory))

/** Like `eventLog`, in PostgreSQL; derived data is in the directory. */
export const postgresLog = (url: string, directory: string) =>
  ManagedRuntime.make(layers(directory, { DATABASE_URL: url }))

/** Like `eventLog`, with analytics, which starts reading the log at once. */
export const analytics = (directory: string) =>
  ManagedRuntime.make(
    Layer.provideMerge(Layer.provide(AnalyticsBackend.layer, DecodeFailures.layer), layers(directory))
  )
