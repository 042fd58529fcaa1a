import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { LogId, type NewEvent, noEvents, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { ListId, TodoId, type TodoListEvent, todoList } from "../../../src/features/todo/TodoList.ts"
import { type VisitorList, VisitorLists, visitorLists } from "../../../src/features/todo/VisitorLists.ts"
import { Ownership } from "../../../src/layers/aggregates/Ownership.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { Projections } from "../../../src/layers/projections/Projections.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { append, settings, sqlite } from "../../support.ts"

const aggregateType = todoList.type
const { codec } = todoList

const owner = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const stranger = VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const [first, second, ownerless] = [
  ListId.make("A".repeat(22)),
  ListId.make("B".repeat(22)),
  ListId.make("C".repeat(22))
]
const todo = (n: number) => TodoId.make(`00000000-0000-7000-8000-00000000000${n}`)

const live = VisitorLists.layer.pipe(
  Layer.provideMerge(Projections.layer),
  Layer.provide(Subscriptions.layer),
  Layer.provideMerge(Ownership.layer),
  Layer.provideMerge(DecodeFailures.layer),
  Layer.provideMerge(sqlite())
)

/** Its table without a running projection. */
const withoutProjection = (reached: Effect.Effect<void>) =>
  VisitorLists.layer.pipe(
    Layer.provide(
      Layer.effect(
        Projections,
        Effect.map(Sql, ({ write }) => ({
          run: ({ create, table }) => Effect.orDie(create(write, table)),
          cursors: Effect.succeed(new Map()),
          status: Effect.succeed([]),
          reached: () => reached
        }))
      )
    ),
    Layer.provide(
      Layer.mock(EventStore, { head: Effect.succeed(noEvents), logId: LogId.make("log"), isShared: false })
    ),
    Layer.provide(Ownership.layer),
    Layer.provideMerge(Sql.layer),
    Layer.provide(Postgres.layerNone),
    Layer.provide(settings())
  )

const happened = (listId: ListId, version: number, events: Arr.NonEmptyReadonlyArray<NewEvent>) =>
  Effect.flatMap(EventStore, (store) =>
    store.append(append(listId, version, { aggregate: { type: aggregateType, id: listId }, events }))
  )
const encoded = (...events: Arr.NonEmptyReadonlyArray<TodoListEvent>) => Arr.map(events, codec.encode)

/** A list without its time of change. */
const row = (listId: ListId, title: string | null, { done = 0, open = 0, pinned = false } = {}) => ({
  listId,
  title,
  todos: open + done,
  open,
  done,
  pinned
})
const untimed = (lists: ReadonlyArray<VisitorList>) => lists.map(({ changedAt: _, ...list }) => list)

const shows = (visitor: VisitorId, lists: ReadonlyArray<ReturnType<typeof row>>) =>
  Effect.gen(function* () {
    expect(untimed(yield* (yield* VisitorLists).of(anonymousActor(visitor)))).toEqual(lists)
  }).pipe(Effect.sandbox, Effect.retry({ times: 500, schedule: Schedule.spaced("10 millis") }))

describe("VisitorLists", () => {
  it.live("returns an owner's lists, the last changed first, titled by their first todo", () =>
    Effect.gen(function* () {
      yield* happened(
        first,
        0,
        encoded(
          { _tag: "ListCreated", visitorId: owner },
          { _tag: "TodoAdded", todoId: todo(1), text: "milk" },
          { _tag: "TodoAdded", todoId: todo(2), text: "bread" },
          { _tag: "TodoAdded", todoId: todo(4), text: "eggs" },
          { _tag: "TodoCompleted", todoIds: [todo(1), todo(4)] },
          { _tag: "TodoDeleted", todoIds: [todo(1), todo(4)] }
        )
      )
      yield* happened(second, 0, encoded({ _tag: "ListCreated", visitorId: owner }))
      yield* happened(ownerless, 0, encoded({ _tag: "ListCreated", visitorId: null }))
      yield* happened(ownerless, 1, encoded({ _tag: "TodoAdded", todoId: todo(3), text: "tea" }))
      yield* shows(owner, [row(second, null), row(first, "milk", { open: 1 })])
      yield* shows(stranger, [])
    }).pipe(Effect.provide(live), Effect.scoped)
  )

  it.live("puts pinned lists first, then those changed last, counts what is done, and hides deleted ones", () =>
    Effect.gen(function* () {
      const lists = yield* VisitorLists
      const mine = anonymousActor(owner)
      const third = ListId.make("D".repeat(22))
      for (const listId of [first, second, third]) {
        yield* happened(listId, 0, encoded({ _tag: "ListCreated", visitorId: owner }))
      }
      yield* happened(
        first,
        1,
        encoded(
          { _tag: "TodoAdded", todoId: todo(1), text: "milk" },
          { _tag: "TodoAdded", todoId: todo(2), text: "bread" },
          { _tag: "TodoAdded", todoId: todo(3), text: "tea" },
          { _tag: "TodoAdded", todoId: todo(4), text: "eggs" },
          { _tag: "TodoCompleted", todoIds: [todo(1), todo(2), todo(3)] },
          { _tag: "TodoReopened", todoIds: [todo(2)] },
          { _tag: "TodoDeleted", todoIds: [todo(1), todo(2)] },
          { _tag: "ListRenamed", title: "Groceries" }
        )
      )
      const groceries = row(first, "Groceries", { open: 1, done: 1 })
      yield* shows(owner, [groceries, row(third, null), row(second, null)])
      const [newest] = yield* lists.of(mine)
      expect(newest?.changedAt).toBeGreaterThan(1_700_000_000_000)

      yield* happened(second, 1, encoded({ _tag: "ListPinned", pinned: true }))
      const pinned = row(second, null, { pinned: true })
      yield* shows(owner, [pinned, groceries, row(third, null)])
      yield* happened(third, 1, encoded({ _tag: "ListAccessChanged", access: "private" }))
      yield* shows(owner, [pinned, row(third, null), groceries])

      yield* happened(first, 9, encoded({ _tag: "ListDeleted", deletedAt: 1000 }))
      yield* shows(owner, [pinned, row(third, null)])
      expect(yield* lists.count(mine)).toBe(2)
      expect(untimed(yield* lists.deletedSince(mine, 1000))).toEqual([groceries])
      expect(yield* lists.deletedSince(mine, 1001)).toEqual([])
      // The owner of a deleted list is still known as such, so that restoring it is never a guess.
      expect(yield* (yield* Ownership).owns(mine, first)).toBe(true)
      yield* happened(first, 10, encoded({ _tag: "ListRestored" }))
      yield* shows(owner, [pinned, groceries, row(third, null)])
    }).pipe(Effect.provide(live), Effect.scoped)
  )

  it.live("skips an unreadable event", () =>
    Effect.gen(function* () {
      yield* happened(first, 0, [
        ...encoded({ _tag: "ListCreated", visitorId: owner }),
        { eventType: "TodoAdded", schemaVersion: 99, payload: {} }
      ])
      yield* happened(first, 2, encoded({ _tag: "TodoAdded", todoId: todo(1), text: "milk" }))
      yield* shows(owner, [row(first, "milk", { open: 1 })])
      expect(yield* (yield* DecodeFailures).recent).toMatchObject([{ consumer: visitorLists.name, sequence: 2 }])
    }).pipe(Effect.provide(live), Effect.provide(Logger.remove(Logger.defaultLogger)), Effect.scoped)
  )

  it.scoped("reads its table without a running projection", () =>
    Effect.gen(function* () {
      const { write } = yield* Sql
      yield* write`INSERT INTO owned_lists (id, visitor_id, first_todo, open) VALUES (${first}, ${owner}, 'milk', 3)`
      yield* shows(owner, [row(first, "milk", { open: 3 })])
    }).pipe(Effect.provide(withoutProjection(Effect.void)))
  )

  it.live("returns a new list at once and pages through all of them", () =>
    Effect.gen(function* () {
      const lists = yield* VisitorLists
      const mine = anonymousActor(owner)
      const { status } = yield* Projections
      yield* Effect.repeat(Effect.zipLeft(status, yieldToEventLoop), {
        until: (all) => all.every(({ rebuilding }) => !rebuilding)
      })
      const ids = Array.from({ length: 60 }, (_, n) => ListId.make(String(n).padStart(22, "L")))
      for (const listId of ids) {
        yield* happened(listId, 0, encoded({ _tag: "ListCreated", visitorId: owner }))
        if (ids.indexOf(listId) % 20 > 0) continue
        const [newest] = yield* lists.of(mine, { offset: 0, limit: 1 })
        expect(newest?.listId).toBe(listId)
      }
      expect(yield* lists.count(mine)).toBe(60)
      const last = yield* lists.of(mine, { offset: 50, limit: 20 })
      expect(last.map(({ listId }) => listId)).toEqual(ids.slice(0, 10).reverse())
      yield* happened(first, 0, encoded({ _tag: "ListCreated", visitorId: owner }))
      expect(yield* lists.count(mine)).toBe(61)
    }).pipe(Effect.provide(live), Effect.scoped)
  )

  it.scoped("waits a second for missing rows and then returns those that exist", () =>
    Effect.gen(function* () {
      const { write } = yield* Sql
      yield* write`INSERT INTO owned_lists (id, visitor_id, first_todo, open) VALUES (${first}, ${owner}, 'milk', 3)`
      const asked = yield* Effect.fork((yield* VisitorLists).count(anonymousActor(owner)))
      yield* TestClock.adjust("999 millis")
      expect(yield* Fiber.poll(asked)).toEqual(Option.none())
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(asked)).toBe(1)
    }).pipe(Effect.provide(withoutProjection(Effect.never)))
  )
})
