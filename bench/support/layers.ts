// The event log in this process, as the application composes it, on a directory of the benchmark's own.
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Analytics } from "../../src/layers/analytics/Analytics.ts"
import { EventBus } from "../../src/layers/eventBus/EventBus.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../src/layers/node/Ids.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { Postgres } from "../../src/layers/postgres/Postgres.ts"
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
    Layer.provideMerge(EventStore.layer),
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBus.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(Postgres.layer),
    Layer.provideMerge(settings)
  )
}

export const eventLog = (directory: string) => ManagedRuntime.make(layers(directory))

/** The same in PostgreSQL; what is derived from it is in the directory. */
export const postgresLog = (url: string, directory: string) =>
  ManagedRuntime.make(layers(directory, { DATABASE_URL: url }))

/** The same, with analytics beside it, which begins to read the log at once. */
export const analytics = (directory: string) =>
  ManagedRuntime.make(Layer.provideMerge(Layer.provide(Analytics.layer, DecodeFailures.layer), layers(directory)))
