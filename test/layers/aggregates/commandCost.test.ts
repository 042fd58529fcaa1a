// The rate limit cost of a command, charged to its actor.
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TodoId } from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import { costOf } from "../../../src/layers/aggregates/commandCost.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { withBudget, withDeadline } from "../../../src/lib/deadline.ts"
import { changes, createList } from "../../features/todo/support.ts"
import { inMemory } from "../../support.ts"

const live = TodoLists.layer.pipe(
  Layer.provide(changes),
  Layer.provide([Snapshots.layerMemory, DecodeFailures.layer]),
  Layer.provideMerge(inMemory())
)

const eventsOfSize = (...sizes: ReadonlyArray<number>) => sizes.map((size) => ({ payloadText: "x".repeat(size) }))

it("is one token per KiB, plus 400 bytes per event, and at least one", () => {
  const costs = [
    eventsOfSize(),
    eventsOfSize(1),
    eventsOfSize(624),
    eventsOfSize(625),
    eventsOfSize(1, 1, 1),
    eventsOfSize(4096, 4096)
  ]
  expect(costs.map(costOf)).toEqual([1, 1, 1, 2, 2, 9])
  expect(costOf([{ payloadText: "\u4e00".repeat(400) }])).toBe(2)
})

it.scoped("charges a command's cost beyond the first token once, and nothing when it appends nothing", () =>
  withDeadline(
    Effect.gen(function* () {
      const lists = yield* TodoLists
      const charged: Array<number> = []
      yield* withBudget(
        { who: "a", network: "b", charge: (_, __, tokens) => Effect.sync(() => void charged.push(tokens)) },
        undefined
      )
      const { id } = yield* createList(lists, null, { text: "first" })
      expect(charged.splice(0)).toEqual([])
      for (let n = 0; n < 99; n++) {
        yield* lists.execute(id, null, { _tag: "AddTodo", todoId: TodoId.make(lists.newId()), text: "x" })
      }
      expect(charged.splice(0)).toEqual([])
      const toggle = lists.execute(id, null, { _tag: "ToggleAll", completed: true })
      yield* toggle
      // A hundred ids of 39 bytes.
      expect(charged.splice(0)).toEqual([4])
      yield* toggle
      expect(charged).toEqual([])
    })
  ).pipe(Effect.provide(live))
)
