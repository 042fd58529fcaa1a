// Group commit over a store controlled by the test: batches, and when callers get their results.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { yieldToEventLoop } from "../../src/lib/eventLoop.ts"
import * as GroupCommit from "../../src/lib/GroupCommit.ts"

type Commit = GroupCommit.GroupCommitOptions<number, string, string>["commit"]

const result = (item: number) => Exit.succeed(`stored ${item}`)

/** Keeps each batch that it commits. */
const recording = () => {
  const batches: Array<ReadonlyArray<number>> = []
  const commit: Commit = (items) =>
    Effect.sync(() => {
      batches.push(items)
      return items.map(result)
    })
  return { batches, commit }
}

const writeAll = (write: (item: number) => Effect.Effect<string, string>, items: ReadonlyArray<number>) =>
  Effect.forEach(items, write, { concurrency: "unbounded" })

/** Several turns of the event loop: more than gathering a batch takes. */
const turns = Effect.repeatN(yieldToEventLoop, 20)

describe("GroupCommit", () => {
  it.scoped("commits concurrent items together and returns each its own result", () =>
    Effect.gen(function* () {
      const { batches, commit } = recording()
      const durations: Array<number> = []
      const write = yield* GroupCommit.make({
        capacity: 100,
        batch: 100,
        commit,
        onCommit: (millis) => void durations.push(millis)
      })
      expect(yield* writeAll(write, [1, 2, 3])).toEqual(["stored 1", "stored 2", "stored 3"])
      expect(yield* write(4)).toBe("stored 4")
      expect(batches).toEqual([[1, 2, 3], [4]])
      expect(durations).toHaveLength(2)
    })
  )

  it.scoped("returns no result before the commit, and gathers the next batch meanwhile", () =>
    Effect.gen(function* () {
      const batches: Array<ReadonlyArray<number>> = []
      const gate = yield* Deferred.make<void>()
      const write = yield* GroupCommit.make<number, string, string>({
        capacity: 100,
        batch: 100,
        commit: (items) => {
          batches.push(items)
          return Effect.as(Deferred.await(gate), items.map(result))
        }
      })
      const first = yield* Effect.fork(write(1))
      yield* turns
      const others = yield* Effect.fork(writeAll(write, [2, 3]))
      yield* turns
      expect(batches).toEqual([[1]])
      expect(yield* Fiber.poll(first)).toMatchObject({ _tag: "None" })
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(first)).toBe("stored 1")
      expect(yield* Fiber.join(others)).toEqual(["stored 2", "stored 3"])
      expect(batches).toEqual([[1], [2, 3]])
    })
  )

  it.scoped("commits at most `batch` items at once, and lets callers beyond the capacity wait in order", () =>
    Effect.gen(function* () {
      const { batches, commit } = recording()
      const write = yield* GroupCommit.make({ capacity: 3, batch: 2, commit })
      yield* writeAll(write, [1, 2, 3, 4, 5, 6, 7])
      expect(batches.every((batch) => batch.length <= 2)).toBe(true)
      expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6, 7])
    })
  )

  it.scoped("commits an item without a result again, ahead of newer ones", () =>
    Effect.gen(function* () {
      const batches: Array<ReadonlyArray<number>> = []
      const write = yield* GroupCommit.make<number, string, string>({
        capacity: 100,
        batch: 2,
        commit: (items) =>
          Effect.sync(() => {
            batches.push(items)
            return items.map((item) => (batches.length === 1 && item === 2 ? undefined : result(item)))
          })
      })
      expect(yield* writeAll(write, [1, 2, 3])).toEqual(["stored 1", "stored 2", "stored 3"])
      expect(batches).toEqual([
        [1, 2],
        [2, 3]
      ])
    })
  )

  it.scoped("fails only the callers of a batch whose commit has a defect", () =>
    Effect.gen(function* () {
      let isBroken = true
      const write = yield* GroupCommit.make<number, string, string>({
        capacity: 100,
        batch: 100,
        commit: (items) => (isBroken ? Effect.die("broken") : Effect.succeed(items.map(result)))
      })
      const exits = yield* Effect.all([Effect.exit(write(1)), Effect.exit(write(2))], { concurrency: 2 })
      expect(exits).toEqual([Exit.die("broken"), Exit.die("broken")])
      isBroken = false
      expect(yield* write(3)).toBe("stored 3")
    })
  )

  it.scoped("writes the item of an interrupted caller", () =>
    Effect.gen(function* () {
      const { batches, commit } = recording()
      const write = yield* GroupCommit.make({ capacity: 100, batch: 100, commit })
      const caller = yield* Effect.fork(write(1))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(caller)
      yield* turns
      expect(batches).toEqual([[1]])
    })
  )

  it("law: each item is committed once, in the order of its arrival, whatever the bounds", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
        (batch, capacity, groups) =>
          Effect.gen(function* () {
            const { batches, commit } = recording()
            const write = yield* GroupCommit.make({ capacity, batch, commit })
            let count = 0
            const fibers = []
            for (const size of groups) {
              const items = Array.from({ length: size }, () => count++)
              fibers.push(yield* Effect.fork(writeAll(write, items)))
              yield* yieldToEventLoop
            }
            yield* Fiber.joinAll(fibers)
            expect(batches.flat()).toEqual(Array.from({ length: count }, (_, index) => index))
            expect(Math.max(...batches.map((it) => it.length))).toBeLessThanOrEqual(batch)
          }).pipe(Effect.scoped, Effect.runPromise)
      ),
      { numRuns: 50 }
    ))
})

describe("isolateFailures", () => {
  const transaction = (asked: Array<ReadonlyArray<number>>, failing: number) => (items: ReadonlyArray<number>) => {
    asked.push(items)
    return items.includes(failing) ? Effect.fail(`item ${failing}`) : Effect.succeed(items.map(result))
  }

  it.effect("commits items one by one after an item's error, and only that item fails", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<number>> = []
      const commit = GroupCommit.isolateFailures(transaction(asked, 2), () => true)
      expect(yield* commit([1, 2, 3])).toEqual([result(1), Exit.fail("item 2"), result(3)])
      expect(asked).toEqual([[1, 2, 3], [1], [2], [3]])
    })
  )

  it.effect("fails all items after an error of the transaction itself", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<number>> = []
      const commit = GroupCommit.isolateFailures(transaction(asked, 2), () => false)
      expect(yield* commit([1, 2])).toEqual([Exit.fail("item 2"), Exit.fail("item 2")])
      expect(asked).toEqual([[1, 2]])
    })
  )
})
