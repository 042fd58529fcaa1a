// A filled database, opened with the server's Layers.
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { fill } from "../../../src/cli/demo/fill.ts"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { noEvents, type VisitorId } from "../../../src/domain/StoredEvent.ts"
import { simulate } from "../../../src/features/todo/demo/activity.ts"
import { todo } from "../../../src/features/todo/index.ts"
import { type ListId, TodoId, type TodoList, todoList } from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import { VisitorLists } from "../../../src/features/todo/VisitorLists.ts"
import { AggregateChanges } from "../../../src/layers/aggregates/AggregateChanges.ts"
import { Ownership } from "../../../src/layers/aggregates/Ownership.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { Projections } from "../../../src/layers/projections/Projections.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { settings, temporaryDirectory } from "../../support.ts"

const { codec } = todoList
const empty = todoList.initial
const { evolve } = todoList

const options = { events: 5000, seed: 7, from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 3, 1) }
const activities = [...simulate(options)]

const filled = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const place = settings({ DATA_DIR: directory })
  const told: Array<number> = []
  yield* fill([todo], options, (written) => Effect.sync(() => told.push(written))).pipe(
    Effect.provide(Sql.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(place)))
  )
  expect(told.at(-1)).toBe(options.events)
  return Layer.mergeAll(TodoLists.layer, VisitorLists.layer).pipe(
    Layer.provide([Projections.layer, Snapshots.layer, AggregateChanges.layer, Ownership.layer]),
    Layer.provide([Subscriptions.layer, DecodeFailures.layer]),
    Layer.provideMerge(EventStoreBackend.layer),
    Layer.provide([Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer]),
    Layer.provide(Postgres.layerNone),
    Layer.provide(place)
  )
})

describe("filled database", () => {
  it.scopedLive("has a gap-free log from which the server reads its lists", () =>
    Effect.gen(function* () {
      const server = yield* filled
      yield* Effect.gen(function* () {
        const store = yield* EventStore
        expect(yield* store.head).toBe(options.events)
        const log = Chunk.toReadonlyArray(yield* Stream.runCollect(store.readAll({ after: noEvents })))
        expect(log.map((it) => it.sequence)).toEqual(log.map((_, i) => i + 1))
        const expected = activities.flatMap(({ at, commandId, events, listId, visitorId }) =>
          events.map((event) => ({ at: new Date(at).toISOString(), commandId, event, listId, visitorId }))
        )
        expect(
          log.map((it) => ({
            at: it.occurredAtText,
            commandId: it.metadata.commandId,
            event: Either.getOrThrow(codec.decode(it)),
            listId: it.aggregateId,
            visitorId: it.metadata.visitorId
          }))
        ).toEqual(expected)

        const states = new Map<ListId, TodoList>()
        for (const { events, listId } of activities) {
          states.set(listId, events.reduce(evolve, states.get(listId) ?? empty))
        }
        const lists = yield* TodoLists
        for (const [listId, list] of states) expect((yield* lists.current(listId)).state).toEqual(list)
      }).pipe(Effect.provide(server))
    })
  )

  it.scopedLive("is identical for the same seed, event ids included", () =>
    Effect.gen(function* () {
      const ids = Effect.gen(function* () {
        const log = yield* Stream.runCollect((yield* EventStore).readAll({ after: noEvents }))
        return Chunk.toReadonlyArray(log).map((it) => it.eventId)
      })
      const first = yield* Effect.provide(ids, yield* filled)
      expect(new Set(first).size).toBe(options.events)
      expect(yield* Effect.provide(ids, yield* filled)).toEqual(first)
    })
  )

  it.scopedLive("lets projections catch up and accepts further appends", () =>
    Effect.gen(function* () {
      const server = yield* filled
      const owned = new Map<VisitorId, Set<ListId>>()
      for (const { events, listId } of activities) {
        const [{ _tag, ...first }] = events
        if (_tag !== "ListCreated" || !("visitorId" in first) || first.visitorId === null) continue
        owned.set(first.visitorId, (owned.get(first.visitorId) ?? new Set()).add(listId))
      }
      yield* Effect.gen(function* () {
        const visitorLists = yield* VisitorLists
        const lists = yield* TodoLists
        for (const [visitor, listIds] of owned) {
          yield* Effect.gen(function* () {
            const shown = yield* visitorLists.of(anonymousActor(visitor))
            expect(new Set(shown.map(({ listId }) => listId))).toEqual(listIds)
          }).pipe(Effect.sandbox, Effect.retry({ times: 500, schedule: Schedule.spaced("10 millis") }))
        }
        const [visitor, listIds] = [...owned][0] ?? expect.fail("Somebody owns a list")
        const [listId = ""] = listIds
        yield* lists.execute(listId, anonymousActor(visitor), {
          _tag: "AddTodo",
          todoId: TodoId.make(lists.newId()),
          text: "x"
        })
        expect(yield* (yield* EventStore).head).toBe(options.events + 1)
      }).pipe(Effect.provide(server))
    })
  )
})
