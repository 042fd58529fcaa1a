// A toggle in a list of 10 and of 1,000 todos: CPU to render it and to make the compressed frame of
// a feed, and its bytes to each client, as changes and as the whole fragment. Targets: 12x of 10
// todos, because the page of the long list has five times the rows; 1 ms and 2 KB.
import * as Effect from "effect/Effect"
import { Sequence, Version } from "../src/domain/StoredEvent.ts"
import { type ListState, listFragment } from "../src/features/todo/listPage.tsx"
import { ListId, TodoId, todoList } from "../src/features/todo/TodoList.ts"
import { Fragments } from "../src/http/live/Fragments.ts"
import { Frame } from "../src/http/sse/StreamFrame.ts"
import { benchmark, quick, show, table, target } from "./support/report.ts"
import { ratios, spread } from "./support/stats.ts"

const empty = todoList.initial
const { evolve } = todoList

const sizes = [10, 1000] as const
const changes = quick ? 50 : 500
const rounds = quick ? 1 : 5
const text = "Buy bread, butter and a newspaper on the way home"
const todoId = (index: number) => TodoId.make(`00000000-0000-7000-8000-${String(index).padStart(12, "0")}`)

const fresh = { completed: false, dueAt: null, notes: "", order: "" }
const listOf = (size: number): ListState => ({
  id: ListId.make(String(size).padStart(22, "L")),
  state: {
    ...empty,
    exists: true,
    todos: Array.from({ length: size }, (_, index) => ({ todoId: todoId(index), text, ...fresh }))
  },
  version: Version.make(size),
  sequence: Sequence.make(size)
})

const kinds = ["changes", "the whole"] as const
type Kind = (typeof kinds)[number]

await benchmark("long-lists", `${changes} changes of a list, shown after each`, async () => {
  const fragments = await Effect.runPromise(Effect.provide(Fragments, Fragments.layer))
  const view = { filter: "all", page: 1 } as const
  /** Microseconds of CPU per change, and bytes of the last frame. */
  const run = (size: number, kind: Kind) => {
    let state = listOf(size)
    const render = () => fragments.of(state.id, state, (keep) => listFragment(state, view, keep))
    render()
    let frame: Frame | undefined
    const before = process.cpuUsage()
    for (let change = 0; change < changes; change++) {
      const { version } = state
      const event = { _tag: change % 2 === 0 ? "TodoCompleted" : "TodoReopened", todoIds: [todoId(size - 1)] } as const
      state = { ...state, state: evolve(state.state, event), version: Version.make(version + 1) }
      const fragment = render()
      frame = kind === "changes" ? fragment.frameSince(version) : fragment.frame
      frame.deflated
    }
    const { system, user } = process.cpuUsage(before)
    const { deflated, plain } = frame ?? new Frame("")
    return { cpu: (system + user) / changes, plain: plain.size, compressed: deflated.chunk.size }
  }
  const found = kinds.flatMap((kind) => sizes.map((size) => ({ kind, size, results: [run(size, kind)].slice(1) })))
  for (let round = 0; round < rounds; round++) {
    for (const { kind, results, size } of found) results.push(run(size, kind))
  }
  const cpuOf = (kind: Kind, size: number) =>
    found.filter((it) => it.kind === kind && it.size === size).flatMap(({ results }) => results.map(({ cpu }) => cpu))
  table(
    ["todos", "sent", "CPU us/change", "bytes", "compressed"],
    found.map(({ kind, results, size }) => [
      String(size),
      kind,
      show(spread(cpuOf(kind, size))),
      String(results[0]?.plain),
      String(results[0]?.compressed)
    ])
  )
  target("CPU a change, 1,000 / 10 todos", ratios(cpuOf("changes", 1000), cpuOf("changes", 10)).median, "at most", 12)
  target("CPU us a change, 1,000 todos", spread(cpuOf("changes", 1000)).median, "at most", 1000)
  const bytes = found.find(({ kind, size }) => kind === "changes" && size === 1000)?.results[0]?.plain ?? 0
  target("bytes a client, 1,000 todos", bytes, "at most", 2000)
})
