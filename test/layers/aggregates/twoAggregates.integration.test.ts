// Several aggregates and features on one stack share transactions and fail independently.
// Conflicting features stop the start.
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Chunk from "effect/Chunk"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { application } from "../../../src/application.ts"
import * as AnalyticsQuery from "../../../src/domain/AnalyticsQuery.ts"
import { noEvents } from "../../../src/domain/StoredEvent.ts"
import * as Feature from "../../../src/http/Feature.ts"
import { FastRouter } from "../../../src/http/server/FastRouter.ts"
import { AggregateChanges } from "../../../src/layers/aggregates/AggregateChanges.ts"
import * as AggregateStore from "../../../src/layers/aggregates/AggregateStore.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import { type Projection, Projections } from "../../../src/layers/projections/Projections.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { sqlite, temporaryDirectory } from "../../support.ts"
import { type Counted, counter } from "../../testing/counters.ts"

const one = counter("One")
const other = counter("Other")

const engine = () =>
  Layer.mergeAll(AggregateChanges.layer, Snapshots.layer, Projections.layer).pipe(
    Layer.provideMerge(Subscriptions.layer),
    Layer.provideMerge(DecodeFailures.layer),
    Layer.provideMerge(sqlite())
  )

const each = 32

describe("concurrent commands on two aggregate types", () => {
  it.scopedLive("share one transaction", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* AggregateStore.make(one), yield* AggregateStore.make(other)]
      const { dataDir } = yield* Settings
      const file = new Database(join(dataDir, "evenstar.db"), { readonly: true })
      yield* Effect.addFinalizer(() => Effect.sync(() => file.close()))
      /** Changes with each commit by another connection (`data_version`). */
      const commit = () => file.pragma("data_version", { simple: true })
      /** The number of commits, and whether each command was stored when it was acknowledged. */
      const together = <A, E>(commands: ReadonlyArray<Effect.Effect<A, E>>) =>
        Effect.map(
          Effect.forEach(commands, (command) => Effect.map(command, (result) => [commit(), result] as const), {
            concurrency: "unbounded"
          }),
          (told) => ({ commits: new Set(told.map(([at]) => at)).size, results: told.map(([, result]) => result) })
        )

      const made = yield* together(
        Array.from({ length: each }).flatMap(() => [first, second].map((store) => store.create(null, [{ by: 2 }])))
      )
      expect(made.commits).toBe(1)
      const counted = yield* together(
        made.results.map(({ id }, index) => (index % 2 === 0 ? first : second).execute(id, null, { by: 4 }))
      )
      expect(counted.commits).toBe(1)
      expect(counted.results.map(({ version }) => version)).toEqual(made.results.map(() => 2))

      const log = yield* (yield* EventStore).readAll({ after: noEvents }).pipe(Stream.runCollect)
      expect(Chunk.toReadonlyArray(log).map(({ aggregateType }) => aggregateType)).toEqual(
        Array.from({ length: 2 * each }).flatMap(() => ["One", "Other"])
      )
    }).pipe(Effect.provide(engine()))
  )
})

const projection = (
  name: string,
  { codec, type }: typeof one,
  apply: Projection<Counted>["apply"] = (execute, table, { by }, { sequence }) =>
    execute(`INSERT INTO ${table} VALUES (?, ?)`, sequence, by)
): Projection<Counted> => ({
  name,
  version: 1,
  table: name,
  codec,
  aggregateType: type,
  eventTypes: ["Counted"],
  undecodable: "wait",
  create: (sql, table) =>
    Effect.asVoid(sql`CREATE TABLE ${sql(table)} (sequence INTEGER NOT NULL, counted INTEGER NOT NULL)`),
  apply
})

describe("failing projection of a feature", () => {
  it.scoped("stops no projection of the same or another aggregate", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* AggregateStore.make(one), yield* AggregateStore.make(other)]
      const { run, status } = yield* Projections
      const { read } = yield* Sql
      yield* run(projection("faulty", one, () => Effect.dieMessage("This projection fails")))
      yield* run(projection("same", one))
      yield* run(projection("another", other))
      /** Advances the test clock and the event loop until the condition holds. */
      const eventually = <A, E>(check: Effect.Effect<A, E>) =>
        check.pipe(
          Effect.sandbox,
          Effect.tapError(() => Effect.zipRight(TestClock.adjust("50 millis"), yieldToEventLoop)),
          Effect.retry({ times: 2000 })
        )
      const rows = (table: string) => read`SELECT sequence, counted FROM ${read(table)} ORDER BY sequence`
      const shows = (table: string, ...expected: ReadonlyArray<readonly [sequence: number, counted: number]>) =>
        eventually(
          Effect.map(rows(table), (found) =>
            expect(found).toEqual(expected.map(([sequence, counted]) => ({ sequence, counted })))
          )
        )

      const { id } = yield* first.create(null, [{ by: 2 }])
      yield* second.create(null, [{ by: 4 }])
      yield* shows("same", [1, 2])
      yield* shows("another", [2, 4])
      yield* eventually(
        Effect.map(status, (all) =>
          expect(all).toContainEqual(expect.objectContaining({ name: "faulty", waiting: "This projection fails" }))
        )
      )
      yield* first.execute(id, null, { by: 6 })
      yield* shows("same", [1, 2], [3, 6])
      yield* shows("faulty")
    }).pipe(Effect.provide(engine()))
  )
})

describe("conflicting features", () => {
  const query = AnalyticsQuery.make({
    name: "the_same",
    params: Schema.Struct({}),
    result: Schema.Struct({}),
    sql: "SELECT 1",
    dependsOn: "everything"
  })
  const routes = (path: `/${string}`) =>
    Layer.effectDiscard(
      Effect.map(FastRouter, (router) => router.route("GET", path, () => ({ status: 200, headers: {}, body: "" })))
    )
  const feature = (name: string, parts: Partial<Parameters<typeof Feature.make<never>>[0]>) =>
    Feature.make({ name, services: Layer.empty, ...parts })

  /** Why the application does not start. */
  const failure = (features: ReadonlyArray<Feature.Feature>) =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const config = ConfigProvider.fromMap(new Map(Object.entries({ DATA_DIR: directory, PORT: "0" })))
      return yield* Effect.flip(
        Layer.build(Layer.provide(application(features).layer, Layer.setConfigProvider(config)))
      )
    })

  it.scopedLive.each([
    [
      "name",
      [feature("first", {}), feature("first", {})],
      "The feature first is given twice to application([…]): leave one out, or rename it"
    ],
    [
      "aggregate type",
      [feature("first", { aggregates: [one] }), feature("second", { aggregates: [other, one] })],
      "The features first and second have the same aggregate type: One. Rename one"
    ],
    [
      "projection",
      [
        feature("first", { projections: [projection("rows", one)] }),
        feature("second", { projections: [projection("rows", other)] })
      ],
      "The features first and second have the same projection: rows. Rename one"
    ],
    [
      "query",
      [feature("first", { queries: [query] }), feature("second", { queries: [query] })],
      "The features first and second have the same query: the_same. Rename one"
    ],
    [
      "route with other parameter names",
      [feature("first", { routes: routes("/things/:thingId") }), feature("second", { routes: routes("/things/:id") })],
      /^The route GET \/things\/:\w+ is declared by the feature (first|second) and by the feature (first|second): choose/
    ],
    [
      "route that the stack has",
      [feature("first", { routes: routes("/health/live") })],
      /^The route GET \/health\/live is declared by (the stack and by the feature first|the feature first and by the stack): choose/
    ]
  ] as const)("%s: the start fails with one line that names both", ([_, features, message]) =>
    Effect.map(failure(features), (error) =>
      expect(error).toMatchObject({
        _tag: "StartFailed",
        message: typeof message === "string" ? message : expect.stringMatching(message)
      })
    )
  )
})
