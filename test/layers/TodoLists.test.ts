// TodoLists alone: its neighbours are mocked, or the in-memory ones.
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { ConcurrencyConflict, LogId, Sequence, VisitorId } from "../../src/domain/StoredEvent.ts"
import type { Command } from "../../src/domain/TodoList.ts"
import { EventFeed } from "../../src/layers/EventFeed.ts"
import { EventStore } from "../../src/layers/EventStore.ts"
import { Ids } from "../../src/layers/Ids.ts"
import { TodoLists } from "../../src/layers/TodoLists.ts"
import { inMemory } from "../support.ts"

const owner = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const live = TodoLists.layer.pipe(Layer.provideMerge(EventFeed.layer), Layer.provideMerge(inMemory()))

const add = Effect.fnUntraced(function* (listId: string, text: string, visitor: VisitorId | null = owner) {
  const lists = yield* TodoLists
  const command: Command = { _tag: "AddTodo", todoId: yield* lists.newTodoId, text }
  return yield* lists.handle(listId, visitor, command)
})

describe("TodoLists", () => {
  it.scoped("who wrote reads what was written, at its sequence", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { listId } = yield* lists.create(owner, "milk")
      const { sequence, version } = yield* add(listId, "bread")
      const state = yield* lists.get(listId, null)
      expect([state.sequence, state.version]).toEqual([sequence, version])
      expect(state.list.todos.map((it) => it.text)).toEqual(["milk", "bread"])
    }).pipe(Effect.provide(live))
  )

  it.scoped("a command that changes nothing appends nothing and answers with the current version", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const store = yield* EventStore
      const { listId, version } = yield* lists.create(owner)
      expect((yield* lists.handle(listId, owner, { _tag: "ClearCompleted" })).version).toBe(version)
      expect(yield* store.head).toBe(1)
    }).pipe(Effect.provide(live))
  )

  it.scoped("two commands that race are both done, on versions of their own", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { listId } = yield* lists.create(owner)
      const done = yield* Effect.all([add(listId, "a"), add(listId, "b"), add(listId, "c")], {
        concurrency: "unbounded"
      })
      expect(done.map((it) => it.version).toSorted()).toEqual([2, 3, 4])
    }).pipe(Effect.provide(live))
  )

  it.scoped("changes begins with now, then brings the newest state and no backlog", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { listId } = yield* lists.create(owner)
      const seen: Array<number> = []
      const gate = yield* Effect.makeLatch(false)
      const fiber = yield* lists.changes(listId, null).pipe(
        Stream.tap(({ version }) => {
          seen.push(version)
          return gate.await
        }),
        Stream.takeUntil(({ version }) => version === 11),
        Stream.runDrain,
        Effect.fork
      )
      while (seen.length === 0) yield* Effect.yieldNow()
      for (let i = 0; i < 10; i++) yield* add(listId, `${i}`)
      yield* gate.open
      yield* Fiber.join(fiber)
      expect(seen).toEqual([1, 11])
    }).pipe(Effect.provide(live))
  )

  it.scoped("a feed ends when its reader may no longer read", () =>
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const { listId } = yield* lists.create(owner)
      const fiber = yield* Effect.fork(Effect.flip(Stream.runDrain(lists.changes(listId, null))))
      yield* lists.handle(listId, owner, { _tag: "ChangeAccess", access: "private" })
      expect((yield* Fiber.join(fiber))._tag).toBe("ListNotFound")
    }).pipe(Effect.provide(live))
  )

  it.scoped("gives up a conflict after three tries", () =>
    Effect.gen(function* () {
      let tries = 0
      const refusing = Layer.effect(
        EventStore,
        Effect.map(EventStore, (store) => ({
          ...store,
          append: (append: Parameters<typeof store.append>[0]) =>
            Effect.suspend(() => {
              if (append.expectedVersion === 0) return store.append(append)
              tries++
              const { aggregate, expectedVersion } = append
              return new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion: expectedVersion })
            })
        }))
      ).pipe(Layer.provideMerge(inMemory()))
      const result = yield* Effect.gen(function* () {
        const { listId } = yield* (yield* TodoLists).create(owner)
        return yield* Effect.either(add(listId, "x"))
      }).pipe(
        Effect.provide(
          TodoLists.layer.pipe(Layer.provide(EventFeed.layer), Layer.provide(refusing), Layer.provide(Ids.layer))
        )
      )
      expect(Either.getLeft(result)).toMatchObject({ value: { _tag: "ConcurrencyConflict" } })
      expect(tries).toBe(3)
    })
  )

  it.scoped("on a mocked, empty log nothing is found", () =>
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
              logId: LogId.make("log"),
              head: Effect.succeed(Sequence.make(0)),
              readStream: () => Stream.fromChunk(Chunk.empty())
            }),
            Layer.mock(EventFeed, { follow: () => Stream.never }),
            Ids.layer
          ])
        )
      )
    )
  )
})
