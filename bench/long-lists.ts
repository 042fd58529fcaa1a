// CPU per change for rendering a list's fragment and frame, with 10 and 1,000 todos of 500
// characters. A page shows fifty todos; a change renders one row. Target: 12x, because the page of
// the long list has five times the rows.
import * as Effect from "effect/Effect"
import { Sequence, Version } from "../src/domain/StoredEvent.ts"
import { type ListState, listFragment } from "../src/features/todo/listPage.tsx"
import { ListId, TodoId, todoList } from "../src/features/todo/TodoList.ts"
import { Fragments } from "../src/http/live/Fragments.ts"
import { benchmark, quick, show, table, target } from "./support/report.ts"
import { ratios, spread } from "./support/stats.ts"

const empty = todoList.initial
const { evolve } = todoList

const sizes = [10, 1000] as const
const changes = quick ? 50 : 500
const rounds = quick ? 1 : 5
const text = '"'.repeat(490)
const todoId = (index: number) => TodoId.make(`00000000-0000-7000-8000-${String(index).padStart(12, "0")}`)

const listOf = (size: number): ListState => ({
  id: ListId.make(String(size).padStart(22, "L")),
  state: {
    ...empty,
    exists: true,
    todos: Array.from({ length: size }, (_, index) => ({ todoId: todoId(index), text, completed: false }))
  },
  version: Version.make(size),
  sequence: Sequence.make(size)
})

await benchmark("long-lists", `${changes} changes of a list, shown after each`, async () => {
  const fragments = await Effect.runPromise(Effect.provide(Fragments, Fragments.layer))
  const view = { filter: "all", page: 1 } as const
  const showFragment = (state: ListState) => fragments.of(state.id, state, (keep) => listFragment(state, view, keep))
  /** Microseconds of CPU per change. */
  const run = (size: number) => {
    let state = listOf(size)
    showFragment(state)
    const before = process.cpuUsage()
    for (let change = 0; change < changes; change++) {
      state = {
        ...state,
        state: evolve(state.state, { _tag: "TodoRenamed", todoId: todoId(size - 1), text: `${change} ${text}` }),
        version: Version.make(state.version + 1)
      }
      showFragment(state)
    }
    const { system, user } = process.cpuUsage(before)
    return (system + user) / changes
  }
  for (const size of sizes) run(size)
  const found = sizes.map((size) => ({ size, cpu: [] as Array<number> }))
  for (let round = 0; round < rounds; round++) for (const { cpu, size } of found) cpu.push(run(size))
  table(
    ["todos", "CPU us/change"],
    found.map(({ cpu, size }) => [String(size), show(spread(cpu))])
  )
  const [few, many] = found
  target("CPU a change, 1,000 / 10 todos", ratios(many?.cpu ?? [], few?.cpu ?? []).median, "at most", 12)
})
