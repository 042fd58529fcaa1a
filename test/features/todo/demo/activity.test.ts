import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anonymousActor } from "../../../../src/domain/Account.ts"
import { Sequence, VisitorId } from "../../../../src/domain/StoredEvent.ts"
import { type Activity, longest, simulate } from "../../../../src/features/todo/demo/activity.ts"
import {
  type Command,
  TodoId,
  type TodoList,
  type TodoListEvent,
  TodoText,
  todoList
} from "../../../../src/features/todo/TodoList.ts"
import type { DemoOptions } from "../../../../src/http/Feature.ts"

const { authorize } = todoList
const { codec } = todoList
const { decide } = todoList
const empty = todoList.initial
const { evolve } = todoList
const isListId = todoList.isId

const until = Date.UTC(2026, 6, 1, 15, 30)
const day = 86_400_000

const options: fc.Arbitrary<DemoOptions> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  events: fc.integer({ min: 1, max: 1500 }),
  from: fc.integer({ min: until - 400 * day, max: until - 1 }),
  until: fc.constant(until)
})

const hold = (law: (activities: ReadonlyArray<Activity>, options: DemoOptions) => void) =>
  fc.assert(
    fc.property(options, (it) => law([...simulate(it)], it)),
    { numRuns: 12 }
  )

/** The command that leads to this event. */
const commandOf = (event: TodoListEvent): Command => {
  switch (event._tag) {
    case "ListCreated":
      return { _tag: "CreateList", owner: event.visitorId }
    case "ListAccessChanged":
      return { ...event, _tag: "EditList" }
    case "TodoAdded":
      return { ...event, _tag: "AddTodo" }
    case "TodoRenamed":
      return { ...event, _tag: "EditTodo" }
    case "TodoCompleted":
    case "TodoReopened": {
      const completed = event._tag === "TodoCompleted"
      const [todoId, ...others] = event.todoIds
      return others.length === 0 ? { _tag: "EditTodo", todoId, completed } : { _tag: "ToggleAll", completed }
    }
    case "TodoDeleted": {
      const [todoId, ...others] = event.todoIds
      return others.length === 0 ? { _tag: "DeleteTodo", todoId } : { _tag: "ClearCompleted" }
    }
    default:
      throw new Error(`The demo makes no ${event._tag}`)
  }
}

describe("demo activity", () => {
  it("law: is identical for the same seed and different for another", () => {
    hold((activities, it) => {
      expect([...simulate(it)]).toEqual(activities)
      expect([...simulate({ ...it, seed: (it.seed + 1) % 2 ** 32 })]).not.toEqual(activities)
    })
  })

  it("law: has exactly the requested number of events, ordered by time, within the period", () => {
    hold((activities, { events, from, until }) => {
      expect(activities.reduce((sum, it) => sum + it.events.length, 0)).toBe(events)
      const times = activities.map(({ at }) => at)
      expect(times.every((at, i) => Number.isInteger(at) && at >= (times[i - 1] ?? from) && at < until)).toBe(true)
    })
  })

  it("law: contains only events that the list decides, gap-free and by authorized actors", () => {
    hold((activities) => {
      const lists = new Map<string, { readonly list: TodoList; readonly version: number }>()
      for (const { events, expectedVersion, listId, visitorId } of activities) {
        const before = lists.get(listId) ?? { list: empty, version: 0 }
        expect(expectedVersion).toBe(before.version)
        let list = before.list
        const decided = events.flatMap((event) => {
          const [decided, ...others] = Either.getOrThrow(decide(list, commandOf(event)))
          list = evolve(list, event)
          return decided === undefined ? others : [decided, ...others]
        })
        expect(decided).toEqual(events)
        expect(list.todos.length).toBeLessThanOrEqual(longest)
        const actor = visitorId === null ? null : anonymousActor(visitorId)
        const command = commandOf(events[0])
        if (before.list.exists) expect(Either.isRight(authorize(before.list, actor, command))).toBe(true)
        lists.set(listId, { list, version: before.version + events.length })
      }
    })
  })

  it("law: has unique ids of the right kind and texts that a form accepts", () => {
    hold((activities) => {
      const ids = activities.flatMap(({ commandId, events }) => [
        commandId,
        ...events.flatMap((it) => (it._tag === "TodoAdded" ? [it.todoId] : []))
      ])
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.every(Schema.is(TodoId))).toBe(true)
      for (const { events, listId, visitorId } of activities) {
        expect(isListId(listId)).toBe(true)
        expect(visitorId === null || Schema.is(VisitorId)(visitorId)).toBe(true)
        for (const event of events) {
          if ("text" in event) expect(Schema.decodeSync(TodoText)(event.text)).toBe(event.text)
          const { eventType, payload, schemaVersion } = codec.encode(event)
          expect(codec.decode({ eventType, payload, schemaVersion, sequence: Sequence.make(1) })).toEqual(
            Either.right(event)
          )
        }
      }
    })
  })
})
