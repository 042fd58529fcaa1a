// Services on real files in a temporary directory, or in memory.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Arr from "effect/Array"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CommandId, type NewEvent, Version } from "../src/domain/StoredEvent.ts"
import * as EventBusBackend from "../src/layers/eventBus/EventBusBackend.ts"
import { type Append, EventStore } from "../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../src/layers/eventStore/EventStoreBackend.ts"
import * as Sqlite from "../src/layers/eventStore/EventStoreSqlite.ts"
import { Ids } from "../src/layers/node/Ids.ts"
import { Settings } from "../src/layers/node/Settings.ts"
import { Postgres, selectBackend } from "../src/layers/postgres/Postgres.ts"
import { Sql } from "../src/layers/sqlite/Sql.ts"

export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "evenstar-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** Default settings with a temporary data directory. */
export const settings = (overrides: Record<string, string> = {}) =>
  Layer.unwrapScoped(
    Effect.map(temporaryDirectory, (directory) =>
      Settings.layer.pipe(
        Layer.provide(
          Layer.setConfigProvider(
            ConfigProvider.fromMap(new Map(Object.entries({ DATA_DIR: directory, ...overrides })))
          )
        )
      )
    )
  )

export const sqlite = () =>
  EventStoreBackend.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(Postgres.layerNone),
    Layer.provideMerge(settings())
  )

export const inMemory = (capacity = 1024) =>
  EventStoreBackend.layerMemory.pipe(
    Layer.provideMerge(Layer.mergeAll(EventBusBackend.layerMemory(capacity), Ids.layer))
  )

/** A store from before text validation: it accepts what `EventStoreBackend.layer` refuses. */
export const unvalidatedStore = Layer.scoped(
  EventStore,
  selectBackend(() => import("../src/layers/eventStore/EventStorePostgres.ts"), Sqlite.make)
)
export const unvalidatedSqlite = () =>
  unvalidatedStore.pipe(
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(Postgres.layerNone),
    Layer.provideMerge(settings())
  )

export const event = (eventType = "Happened", payload: unknown = {}): NewEvent => ({
  eventType,
  schemaVersion: 1,
  payload
})

let commands = 0
export const append = (id: string, expectedVersion: number, options: Partial<Append> = {}): Append => ({
  aggregate: { type: "Thing", id },
  expectedVersion: Version.make(expectedVersion),
  events: Arr.of(event()),
  commandId: CommandId.make(`command-${++commands}`),
  ...options
})
