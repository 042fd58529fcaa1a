// The services below a feature, for tests of its parts: a log in a temporary directory with what follows it.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Arr from "effect/Array"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Question } from "../domain/AnalyticsQuery.ts"
import { CommandId, type NewEvent, noVersion } from "../domain/StoredEvent.ts"
import { Ownership } from "../layers/aggregates/Ownership.ts"
import { Analytics } from "../layers/analytics/Analytics.ts"
import * as AnalyticsBackend from "../layers/analytics/AnalyticsBackend.ts"
import * as EventBusBackend from "../layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../layers/node/Ids.ts"
import { Settings } from "../layers/node/Settings.ts"
import { Postgres } from "../layers/postgres/Postgres.ts"
import { Projections } from "../layers/projections/Projections.ts"
import { Sql } from "../layers/sqlite/Sql.ts"
import { DecodeFailures } from "../layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../lib/eventLoop.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "evenstar-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const settings = Layer.unwrapScoped(
  Effect.map(temporaryDirectory, (directory) =>
    Layer.provide(Settings.layer, Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["DATA_DIR", directory]]))))
  )
)

const following = Layer.mergeAll(Subscriptions.layer, DecodeFailures.layer)
const neighbours = Layer.mergeAll(EventBusBackend.layerMemory(1024), Ids.layer)

/** A log in SQLite, with `Subscriptions`, `Sql` and `Projections`: new ones wherever it is provided. Needs real time (`it.live`). */
export const services = Layer.mergeAll(Projections.layer, Ownership.layer).pipe(
  Layer.provideMerge(following),
  Layer.provideMerge(EventStoreBackend.layer),
  Layer.provideMerge(Layer.merge(Sql.layer, neighbours)),
  Layer.provideMerge(Postgres.layerNone),
  Layer.provideMerge(settings)
)

/** A log in memory, for tests that set the clock. */
export const servicesInMemory = EventStoreBackend.layerMemory.pipe(
  Layer.provideMerge(Layer.merge(neighbours, settings))
)

/** Reads the log anew. */
const analytics = AnalyticsBackend.layerMemory.pipe(Layer.provide(following))

let commands = 0

/** Appends events of a new aggregate. */
export const append = (type: string, id: string, events: ReadonlyArray<NewEvent>) =>
  Effect.gen(function* () {
    if (!Arr.isNonEmptyReadonlyArray(events)) return
    const { append } = yield* EventStore
    const commandId = CommandId.make(`command-${++commands}`)
    yield* append({ aggregate: { type, id }, expectedVersion: noVersion, events, commandId })
  })

/** The rows of a query's result, of an analytics database that has read the whole log. */
export const rowsOf = (question: Question) =>
  Effect.gen(function* () {
    const { compute, status } = yield* Analytics
    const head = yield* (yield* EventStore).head
    // Turns of the real event loop: a test's clock stands still.
    yield* Effect.repeat(yieldToEventLoop, {
      until: () => status().sequence >= head && status().unavailable === undefined
    })
    return (yield* compute(question)).rows
  }).pipe(Effect.provide(analytics))
