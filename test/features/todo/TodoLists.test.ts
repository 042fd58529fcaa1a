// TodoLists with mocked or in-memory neighbours.
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { type Actor, anonymousActor } from "../../../src/domain/Account.ts"
import type { SnapshotKind } from "../../../src/domain/Aggregate.ts"
import { IdempotencyKey, type RequestKey } from "../../../src/domain/Idempotency.ts"
import { type AggregateKey, CommandId, LogId, Sequence, Version, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { ListGone, ListNotFound, TodoId, todoList } from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import { AggregateChanges } from "../../../src/layers/aggregates/AggregateChanges.ts"
import { snapshotDistance } from "../../../src/layers/aggregates/AggregateStates.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { inMemory } from "../../support.ts"
import { addTodo, changes, createList } from "./support.ts"

const aggregateType = todoList.type
const { codec } = todoList

const owner = anonymousActor(VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
const live = TodoLists.layer.pipe(
  Layer.provideMerge(changes),
  Layer.provideMerge(Layer.mergeAll(inMemory(), Snapshots.layerMemory, DecodeFailures.layer))
)

/** Nothing wakes four times a second, so that a month passes at once. */
const withoutSubscription = TodoLists.layer.pipe(
  Layer.provide(Layer.mock(AggregateChanges, { listen: () => Effect.void })),
  Layer.provideMerge(Layer.mergeAll(inMemory(), Snapshots.layerMemory, DecodeFailures.layer))
)

const add = Effect.fnUntraced(function* (listId: string, text: string, actor: Actor | null = owner) {
  const lists = yield* TodoLists
  return yield* lists.execute(listId, actor, addTodo(lists, text))
})

describe("TodoLists", () => {
  it.scoped("returns a writer's own change when read at its sequence", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { id: listId } = yield* createList(lists, owner, { text: "milk" })
      const { sequence, version } = yield* add(listId, "bread")
      const state = yield* lists.get(listId, null)
      expect([state.sequence, state.version]).toEqual([sequence, version])
      expect(state.state.todos.map((it) => it.text)).toEqual(["milk", "bread"])
    }).pipe(Effect.provide(live))
  )

  it.scoped("appends nothing for a command that changes nothing and returns the current version", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const { id: listId, version } = yield* createList(lists, owner)
      expect((yield* lists.execute(listId, owner, { _tag: "ClearCompleted" })).version).toBe(version)
      expect(yield* store.head).toBe(1)
    }).pipe(Effect.provide(live))
  )

  it.scoped("executes both of two racing commands, at different versions", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { id: listId } = yield* createList(lists, owner)
      const done = yield* Effect.all([add(listId, "a"), add(listId, "b"), add(listId, "c")], {
        concurrency: "unbounded"
      })
      expect(done.map((it) => it.version).toSorted()).toEqual([2, 3, 4])
    }).pipe(Effect.provide(live))
  )

  it.scoped("announces each changed list, whoever wrote, and then returns the latest state", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const { id: listId } = yield* createList(lists, owner)
      const told: Array<string> = []
      yield* lists.onChange((id) => void told.push(id))
      const others = yield* createList(lists, owner)
      // Appended by another process, bypassing this service.
      yield* store.append({
        aggregate: { type: aggregateType, id: listId },
        expectedVersion: Version.make(1),
        events: [codec.encode({ _tag: "ListAccessChanged", access: "private" })],
        commandId: CommandId.make("another's")
      })
      const expected = [others.id, listId]
      while (!expected.every((id) => told.includes(id))) yield* Effect.yieldNow()
      while ((yield* lists.current(listId)).version < 2) yield* Effect.yieldNow()
      expect((yield* lists.current(listId)).state.access).toBe("private")
      expect(yield* Effect.flip(lists.get(listId, null))).toMatchObject({ _tag: "ListNotFound" })
    }).pipe(Effect.provide(live))
  )

  it.scoped("decides no-ops and refusals upon events that other processes have appended", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const { id: listId } = yield* createList(lists, owner, { text: "milk" })
      const [todo] = (yield* lists.current(listId)).state.todos
      const todoId = todo?.todoId ?? TodoId.make("")
      /** Appended by another process and not delivered here yet. */
      const elsewhere = (version: number, event: Parameters<typeof codec.encode>[0]) =>
        store.append({
          aggregate: { type: aggregateType, id: listId },
          expectedVersion: Version.make(version),
          events: [codec.encode(event)],
          commandId: CommandId.make(`elsewhere-${version}`)
        })
      const complete = lists.execute(listId, owner, { _tag: "EditTodo", todoId, completed: true })
      expect((yield* complete).version).toBe(3)
      yield* elsewhere(3, { _tag: "TodoReopened", todoIds: [todoId] })
      expect((yield* complete).version).toBe(5)
      const added = TodoId.make(lists.newId())
      yield* elsewhere(5, { _tag: "TodoAdded", todoId: added, text: "bread" })
      const deleted = yield* lists.execute(listId, owner, { _tag: "DeleteTodo", todoId: added }, { ifVersion: 6 })
      expect(deleted.version).toBe(7)
    }).pipe(Effect.provide(live))
  )

  it.scoped("executes 64 concurrent commands on one list in order of arrival", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { id: listId } = yield* createList(lists, owner)
      const texts = Array.from({ length: 64 }, (_, i) => `${i}`)
      const done = yield* Effect.forEach(texts, (text) => add(listId, text), { concurrency: "unbounded" })
      expect(done.map((it) => it.version)).toEqual(texts.map((_, i) => i + 2))
      expect((yield* lists.get(listId, owner)).state.todos.map((it) => it.text)).toEqual(texts)
    }).pipe(Effect.provide(live))
  )

  it.scoped("returns the first result to a repeated request and does nothing", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const request = (name: string, fingerprint = "same"): RequestKey => ({
        scope: "none /x",
        key: IdempotencyKey.make(name),
        fingerprint
      })
      const created = yield* createList(lists, owner, { text: "milk", request: request("create-1") })
      expect(yield* createList(lists, owner, { text: "milk", request: request("create-1") })).toEqual(created)
      const { id: listId } = created
      const addOnce = (name: string, fingerprint?: string) =>
        Effect.suspend(() =>
          lists.execute(listId, owner, addTodo(lists, "bread"), { request: request(name, fingerprint) })
        )
      const first = yield* addOnce("add-0001")
      yield* addOnce("add-0002")
      expect(yield* addOnce("add-0001")).toEqual(first)
      expect(first.detail["todoId"]).toBeDefined()
      expect(yield* Effect.flip(addOnce("add-0001", "other"))).toMatchObject({ _tag: "IdempotencyKeyReused" })
      // Repeating a request does not report the todo that it deleted as missing.
      const todoId = TodoId.make(first.detail["todoId"] ?? "")
      const deleteOnce = lists.execute(listId, owner, { _tag: "DeleteTodo", todoId }, { request: request("delete-1") })
      expect(yield* deleteOnce).toEqual(yield* deleteOnce)
      // A no-op is stored as well, with its version.
      const nothing = lists.execute(listId, owner, { _tag: "ClearCompleted" }, { request: request("clear-01") })
      const before = yield* nothing
      yield* addOnce("add-0003")
      expect(yield* nothing).toEqual(before)
      const head = yield* store.head
      expect(yield* Effect.all([addOnce("add-0004"), addOnce("add-0004")], { concurrency: 2 })).toSatisfy(
        ([one, two]) => one.version === two.version && one.detail["todoId"] === two.detail["todoId"]
      )
      expect(yield* store.head).toBe(head + 1)
    }).pipe(Effect.provide(live))
  )

  it.scoped("loads a long list from its snapshot and reads at most one snapshot interval of events", () =>
    Effect.gen(function* () {
      const versions = snapshotDistance + 200
      const read: Array<number> = []
      const counting = Layer.effect(
        EventStore,
        Effect.map(EventStore, (store) => ({
          ...store,
          readStream: (...options: Parameters<typeof store.readStream>) =>
            Stream.tap(store.readStream(...options), ({ version }) => Effect.sync(() => read.push(version)))
        }))
      )
      const shared = Layer.mergeAll(inMemory(), Snapshots.layerMemory, DecodeFailures.layer)
      const open = TodoLists.layer.pipe(Layer.provide(changes), Layer.provide(counting))
      yield* Effect.gen(function* () {
        const written = yield* Effect.gen(function* () {
          const lists = yield* TodoLists
          const { id: listId } = yield* createList(lists, owner, { text: "milk" })
          const [todo] = (yield* lists.current(listId)).state.todos
          for (let i = 2; i < versions && todo !== undefined; i++) {
            const text = `milk ${i}`
            yield* lists.execute(listId, owner, { _tag: "EditTodo", todoId: todo.todoId, text })
          }
          // Snapshots are saved in the background.
          for (let i = 0; i < 100; i++) yield* Effect.yieldNow()
          return yield* lists.current(listId)
        }).pipe(Effect.provide(open))
        expect(written.version).toBe(versions)
        read.length = 0
        const reopened = yield* Effect.provide(
          Effect.flatMap(TodoLists, (lists) => lists.current(written.id)),
          open
        )
        expect(reopened).toEqual(written)
        expect(read).toHaveLength(200)
      }).pipe(Effect.provide(shared))
    })
  )

  it.scoped("closes a list with an unreadable event, reports it once and serves the others", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const failures = yield* DecodeFailures
      const broken = yield* createList(lists, owner, { text: "milk" })
      const healthy = yield* createList(lists, owner, { text: "bread" })
      yield* store.append({
        aggregate: { type: aggregateType, id: broken.id },
        expectedVersion: Version.make(2),
        events: [{ eventType: "TodoAdded", schemaVersion: 99, payload: {} }],
        commandId: CommandId.make("from the future")
      })
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow()
      for (let i = 0; i < 2; i++) {
        expect(yield* Effect.flip(lists.get(broken.id, owner))).toMatchObject({
          _tag: "EventUndecodable",
          sequence: 5
        })
      }
      expect(yield* failures.total).toBe(1)
      expect((yield* add(healthy.id, "butter")).version).toBe(3)
    }).pipe(Effect.provide(live))
  )

  it.scoped("reads the same for a stranger's private list and for one that does not exist", () =>
    Effect.gen(function* () {
      let reads = 0
      const counting = Layer.effect(
        EventStore,
        Effect.map(EventStore, (store) => ({
          ...store,
          readStream: (...asked: Parameters<typeof store.readStream>) => {
            reads++
            return store.readStream(...asked)
          }
        }))
      ).pipe(Layer.provideMerge(inMemory()))
      const snapshots = Layer.effect(
        Snapshots,
        Effect.map(Snapshots, (service) => ({
          ...service,
          load: <State, Encoded>(aggregate: AggregateKey, kind: SnapshotKind<State, Encoded>) => {
            reads++
            return service.load(aggregate, kind)
          }
        }))
      ).pipe(Layer.provide(Snapshots.layerMemory))
      const store = yield* Layer.build(counting)
      /** As after a restart or an eviction. */
      const reopened = Effect.map(
        Layer.build(
          Layer.fresh(TodoLists.layer).pipe(
            Layer.provide(changes),
            Layer.provide([Layer.succeedContext(store), snapshots, DecodeFailures.layer])
          )
        ),
        Context.get(TodoLists)
      )
      const lists = yield* reopened
      const { id: listId } = yield* createList(lists, owner, { text: "milk" })
      yield* lists.execute(listId, owner, { _tag: "EditList", access: "private" })
      const stranger = anonymousActor(VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
      const readsOf = Effect.fnUntraced(function* (
        lists: Context.Tag.Service<TodoLists>,
        id: string,
        who: Actor | null
      ) {
        const found: Array<number> = []
        const clear = Effect.asVoid(lists.execute(id, who, { _tag: "ClearCompleted" }))
        const get = Effect.asVoid(lists.get(id, who))
        for (const asked of [get, get, clear, clear, get]) {
          reads = 0
          expect(yield* Effect.flip(asked)).toEqual(new ListNotFound())
          found.push(reads)
        }
        return found
      })
      for (const now of [lists, yield* reopened]) {
        for (const who of [null, stranger]) {
          const absent = yield* readsOf(now, "A".repeat(22), who)
          expect(yield* readsOf(now, listId, who)).toEqual(absent)
          expect(absent.every((count) => count > 0)).toBe(true)
        }
      }
    })
  )

  it.scoped("says that a deleted list is gone to its owner, who can restore it within 30 days", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const deletion = () => ({ _tag: "DeleteList", at: lists.now() }) as const
      const restoration = () => ({ _tag: "RestoreList", at: lists.now() }) as const
      const { id } = yield* createList(lists, owner, { text: "milk" })
      const stranger = anonymousActor(VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
      const tags = (who: Actor | null) =>
        Effect.all([
          Effect.flip(lists.get(id, who)),
          Effect.flip(add(id, "bread", who)),
          Effect.flip(lists.execute(id, who, deletion()))
        ]).pipe(Effect.map((refusals) => refusals.map(({ _tag }) => _tag)))
      expect(yield* Effect.flip(lists.execute(id, stranger, deletion()))).toMatchObject({ _tag: "AccessDenied" })
      yield* lists.execute(id, owner, deletion())
      expect(yield* tags(owner)).toEqual(["ListGone", "ListGone", "ListGone"])
      for (const who of [stranger, null]) {
        expect(yield* tags(who)).toEqual(["ListNotFound", "ListNotFound", "ListNotFound"])
        expect(yield* Effect.flip(lists.execute(id, who, restoration()))).toEqual(new ListNotFound())
      }
      yield* TestClock.adjust("30 days")
      yield* lists.execute(id, owner, restoration())
      expect((yield* lists.get(id, stranger)).state.todos).toMatchObject([{ text: "milk" }])
      yield* lists.execute(id, owner, deletion())
      yield* TestClock.adjust("30 days")
      yield* TestClock.adjust("1 millis")
      expect(yield* Effect.flip(lists.execute(id, owner, restoration()))).toEqual(new ListGone())
    }).pipe(Effect.provide(withoutSubscription))
  )

  it.scoped("finds nothing on an empty, mocked log", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      for (const id of ["AAAAAAAAAAAAAAAAAAAAAA", "x", "", "\0"]) {
        expect(yield* Effect.flip(lists.get(id, owner))).toMatchObject({ _tag: "ListNotFound" })
      }
    }).pipe(
      Effect.provide(
        TodoLists.layer.pipe(
          Layer.provide([
            Layer.mock(EventStore, {
              isShared: false,
              logId: LogId.make("log"),
              head: Effect.succeed(Sequence.make(0)),
              readStream: () => Stream.fromChunk(Chunk.empty())
            }),
            Layer.mock(AggregateChanges, { listen: () => Effect.void }),
            Ids.layer,
            Snapshots.layerMemory,
            DecodeFailures.layer
          ])
        )
      )
    )
  )
})
