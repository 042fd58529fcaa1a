// The event log in this process, as the application composes it, on a directory of the benchmark's own.
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { EventBus } from "../../src/layers/EventBus.ts"
import { EventFeed } from "../../src/layers/EventFeed.ts"
import { EventStore } from "../../src/layers/EventStore.ts"
import { Ids } from "../../src/layers/Ids.ts"
import { Settings } from "../../src/layers/Settings.ts"
import { Sql } from "../../src/layers/Sql.ts"

export const eventLog = (directory: string) => {
  const settings = Settings.layer.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["DATA_DIR", directory]]))))
  )
  return ManagedRuntime.make(
    EventFeed.layer.pipe(
      Layer.provideMerge(EventStore.layer),
      Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBus.layer, Ids.layer)),
      Layer.provideMerge(settings)
    )
  )
}
