// Commands on a todo list while another process appends to it: decided again, until their deadline.
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { CommandId, ConcurrencyConflict, VisitorId } from "../../../src/domain/StoredEvent.ts"
import { todoList } from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import type { CommandOptions } from "../../../src/layers/aggregates/AggregateStore.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { requestTimeout } from "../../../src/lib/deadline.ts"
import { inMemory } from "../../support.ts"
import { addTodo, changes, createList } from "./support.ts"

const { codec } = todoList
const owner = anonymousActor(VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))

/** A list on a log where another process wins the first `faster` appends to it. */
const contended = Effect.fnUntraced(function* (faster: number) {
  let tries = 0
  const refusing = Layer.effect(
    EventStore,
    Effect.map(EventStore, (store) => ({
      ...store,
      append: (append: Parameters<typeof store.append>[0]) =>
        Effect.suspend(() => {
          if (append.expectedVersion === 0 || tries === faster) return store.append(append)
          tries++
          const { aggregate, expectedVersion } = append
          const event = codec.encode({ _tag: "ListAccessChanged", access: tries % 2 === 0 ? "link" : "read-only" })
          const other = {
            aggregate,
            expectedVersion,
            events: Arr.of(event),
            commandId: CommandId.make(`other ${tries}`)
          }
          const conflict = new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion: expectedVersion })
          return Effect.zipRight(store.append(other), conflict)
        })
    }))
  ).pipe(Layer.provideMerge(inMemory()))
  const layers = TodoLists.layer.pipe(
    Layer.provide(changes),
    Layer.provide(refusing),
    Layer.provide([Ids.layer, Snapshots.layerMemory, DecodeFailures.layer])
  )
  const lists = Context.get(yield* Layer.build(layers), TodoLists)
  const { id: listId } = yield* createList(lists, owner)
  const command = (options: CommandOptions = {}) =>
    Effect.suspend(() => lists.execute(listId, owner, addTodo(lists, "x"), options))
  return { command, tries: () => tries }
})

const isDone = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect.map(Fiber.poll(fiber), Option.isSome)

describe("TodoLists under contention", () => {
  it.scoped("decides a command again after a conflict until it is stored", () =>
    Effect.gen(function* () {
      const { command, tries } = yield* contended(40)
      const adding = yield* Effect.fork(command())
      while (!(yield* isDone(adding))) yield* TestClock.adjust("25 millis")
      expect((yield* Fiber.join(adding)).version).toBe(42)
      expect(tries()).toBe(40)
    })
  )

  it.scoped("is a conflict when it cannot be stored by its deadline", () =>
    Effect.gen(function* () {
      const { command } = yield* contended(Number.POSITIVE_INFINITY)
      const adding = yield* Effect.fork(Effect.flip(command()))
      let waited = 0
      for (; !(yield* isDone(adding)); waited += 25) yield* TestClock.adjust("25 millis")
      expect(yield* Fiber.join(adding)).toMatchObject({ _tag: "ConcurrencyConflict" })
      expect([waited >= requestTimeout, waited <= requestTimeout + 50]).toEqual([true, true])
    })
  )

  it.scoped("refuses a command with an expected version at the first conflict", () =>
    Effect.gen(function* () {
      const { command, tries } = yield* contended(Number.POSITIVE_INFINITY)
      expect(yield* Effect.flip(command({ ifVersion: 1 }))).toMatchObject({ _tag: "VersionMismatch", version: 2 })
      expect(tries()).toBe(1)
    })
  )
})
