// Latest change per dependency, against the list of all events: exact types match exactly.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Question } from "../../../src/domain/AnalyticsQuery.ts"
import { Sequence } from "../../../src/domain/StoredEvent.ts"
import { ChangePositions } from "../../../src/layers/analytics/ChangePositions.ts"

const types = ["TodoList", "TodoListArchive", "Todo", "todolist", "", "__proto__"]
const type = fc.constantFrom(...types)
/** Events in batches. */
const portions = fc.array(fc.array(type, { minLength: 1, maxLength: 5 }), { maxLength: 20 })

const changesOf = (portions: ReadonlyArray<ReadonlyArray<string>>) => {
  const changes = new ChangePositions()
  let sequence = 0
  for (const portion of portions) {
    sequence += portion.length
    changes.note({ sequence: Sequence.make(sequence), aggregateTypes: new Set(portion) })
  }
  return changes
}

describe("Changes", () => {
  it("of a dependency are at the end of the last batch with one of its types", () => {
    fc.assert(
      fc.property(portions, fc.uniqueArray(type), (portions, dependsOn) => {
        let [end, expected] = [0, 0]
        for (const portion of portions) {
          end += portion.length
          if (portion.some((it) => dependsOn.includes(it))) expected = end
        }
        const changes = changesOf(portions)
        expect(changes.of({ dependsOn })).toBe(expected)
        expect(changes.of({ dependsOn: "everything" })).toBe(end)
      })
    )
  })

  it("mark results from before an event as outdated, and none from after its batch", () => {
    fc.assert(
      fc.property(portions, fc.uniqueArray(type, { minLength: 1 }), (portions, dependsOn) => {
        const events = portions.flat()
        const newest = events.findLastIndex((it) => dependsOn.includes(it)) + 1
        const found = changesOf(portions).of({ dependsOn })
        expect(found).toBeGreaterThanOrEqual(newest)
        expect(found).toBeLessThanOrEqual(events.length)
      })
    )
  })

  it("are empty at first, without dependencies, and after `clear`", () => {
    const changes = new ChangePositions()
    const dependencies: ReadonlyArray<Question["dependsOn"]> = ["everything", ["TodoList"], []]
    const all = () => dependencies.map((dependsOn) => changes.of({ dependsOn }))
    expect(all()).toEqual([0, 0, 0])
    changes.note({ sequence: Sequence.make(7), aggregateTypes: new Set(["TodoList"]) })
    expect(all()).toEqual([7, 7, 0])
    changes.clear()
    expect(all()).toEqual([0, 0, 0])
    // Rebuilt rows start from position 0 again.
    changes.note({ sequence: Sequence.make(2), aggregateTypes: new Set(["TodoList"]) })
    expect(all()).toEqual([2, 2, 0])
  })
})
