// The cost of a list's change: only changed rows are rendered, and unchanged HTML is reused.
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { Sequence, Version } from "../../../src/domain/StoredEvent.ts"
import type { ListState } from "../../../src/features/todo/listPage.tsx"
import type { ListView } from "../../../src/features/todo/listWindow.ts"
import { ListId, TodoId, type TodoListEvent, todoList } from "../../../src/features/todo/TodoList.ts"
import { Fragments } from "../../../src/http/live/Fragments.ts"
import { fragmentOf } from "./support.ts"

const empty = todoList.initial
const { evolve } = todoList

const todoId = (index: number) => TodoId.make(`00000000-0000-7000-8000-${String(index).padStart(12, "0")}`)
const after = (state: ListState, event: TodoListEvent): ListState => ({
  ...state,
  state: evolve(state.state, event),
  version: Version.make(state.version + 1),
  sequence: Sequence.make(state.sequence + 1)
})
const start: ListState = {
  id: ListId.make("A".repeat(22)),
  state: {
    ...empty,
    exists: true,
    todos: Array.from({ length: 1000 }, (_, index) => ({
      todoId: todoId(index),
      text: `todo ${index}`,
      completed: false,
      dueAt: null,
      notes: "",
      order: ""
    }))
  },
  version: Version.make(1000),
  sequence: Sequence.make(1000)
}

it.effect("renders one row per change in a list of a thousand todos, on any page", () =>
  Effect.gen(function* () {
    const fragments = yield* Fragments
    const rendered = vi.fn<() => void>()
    const shown = (state: ListState, view: ListView) => fragmentOf(fragments, state, view, rendered)
    const newest = { filter: "all", page: 1 } as const
    const first = shown(start, newest)
    expect(rendered).toHaveBeenCalledTimes(50)
    expect(shown(start, { ...newest })).toBe(first)
    expect(first.html.buffer).toBe(first.frame.plain.content.buffer)

    const steps: ReadonlyArray<readonly [TodoListEvent, rows: number]> = [
      [{ _tag: "TodoRenamed", todoId: todoId(999), text: "renamed" }, 1],
      [{ _tag: "TodoAdded", todoId: todoId(1000), text: "added" }, 1],
      [{ _tag: "TodoRenamed", todoId: todoId(1), text: "out of view" }, 0],
      [{ _tag: "TodoDeleted", todoIds: [todoId(999)] }, 0],
      // The row before the first one becomes visible.
      [{ _tag: "TodoDeleted", todoIds: [todoId(998)] }, 1]
    ]
    let state = start
    for (const [event, rows] of steps) {
      rendered.mockClear()
      state = after(state, event)
      shown(state, newest)
      // The same rows under another filter: all are active.
      shown(state, { filter: "active", page: 1 })
      expect([event._tag, rendered.mock.calls.length]).toEqual([event._tag, rows])
    }
  }).pipe(Effect.provide(Fragments.layer))
)
