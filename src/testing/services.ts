// The services that features depend on, for tests of their parts: an event store in a temporary
// directory, subscriptions and projections.
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

/**
 * An event store in SQLite, `Subscriptions`, `Sql` and `Projections`, built anew by each `provide`.
 * Needs real time (`it.live`).
 */
export const services = Layer.mergeAll(Projections.layer, Ownership.layer).pipe(
  Layer.provideMerge(following),
  Layer.provideMerge(EventStoreBackend.layer),
  Layer.provideMerge(Layer.merge(Sql.layer, neighbours)),
  Layer.provideMerge(Postgres.layerNone),
  Layer.provideMerge(settings)
)

/** An event store in memory, for tests with TestClock. */
export const servicesInMemory = EventStoreBackend.layerMemory.pipe(
  Layer.provideMerge(Layer.merge(neighbours, settings))
)

/** Built for each use, so it reads the log from the start. */
const analytics = AnalyticsBackend.layerMemory.pipe(Layer.provide(following))

let commands = 0

/** Appends the first events of a new aggregate; fails with a conflict if it exists. */
export const append = (type: string, id: string, events: ReadonlyArray<NewEvent>) =>
  Effect.gen(function* () {
    if (!Arr.isNonEmptyReadonlyArray(events)) return
    const { append } = yield* EventStore
    const commandId = CommandId.make(`command-${++commands}`)
    yield* append({ aggregate: { type, id }, expectedVersion: noVersion, events, commandId })
  })

/** Rows of a query's result, from an analytics database that has caught up with the log. */
export const rowsOf = (question: Question) =>
  Effect.gen(function* () {
    const { compute, status } = yield* Analytics
    const head = yield* (yield* EventStore).head
    // Yields to the real event loop, because TestClock doesn't advance by itself.
    yield* Effect.repeat(yieldToEventLoop, {
      until: () => status().sequence >= head && status().unavailable === undefined
    })
    return (yield* compute(question)).rows
  }).pipe(Effect.provide(analytics))
