// One computation for concurrent callers of a key: sharing, interruption and restart.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import * as SingleFlight from "../../src/lib/singleFlight.ts"

/** Computations that the test completes, with counts of started and interrupted ones. */
const computing = Effect.gen(function* () {
  const end = yield* Deferred.make<string, string>()
  const counts = { begun: 0, interrupted: 0 }
  const compute = Effect.suspend(() => {
    counts.begun++
    return Deferred.await(end)
  }).pipe(Effect.onInterrupt(() => Effect.sync(() => void counts.interrupted++)))
  return { compute, counts, end }
})

const make = SingleFlight.make<string, string>()
const runFibers = Effect.repeatN(Effect.yieldNow(), 20)
const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.zipLeft(Effect.fork(effect), runFibers)

describe("singleFlight", () => {
  it.scoped("gives concurrent callers the same result", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const { compute, counts, end } = yield* computing
      const fibers = yield* Effect.replicateEffect(forked(fly("key", compute)), 50)
      expect(counts.begun).toBe(1)
      yield* Deferred.succeed(end, "done")
      expect(new Set(yield* Fiber.join(Fiber.all(fibers)))).toEqual(new Set(["done"]))
      expect(counts).toEqual({ begun: 1, interrupted: 0 })
    })
  )

  it.scoped("gives all callers its failure or defect, and later ones a new computation", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      for (const cause of [Exit.fail("no"), Exit.die("broken")]) {
        const { compute, end } = yield* computing
        const fibers = yield* Effect.replicateEffect(forked(Effect.exit(fly("key", compute))), 3)
        yield* Deferred.done(end, cause)
        expect(yield* Fiber.join(Fiber.all(fibers))).toEqual([cause, cause, cause])
      }
      expect(yield* fly("key", Effect.succeed("yes"))).toBe("yes")
    })
  )

  it.scoped("leaves nothing behind after a synchronous result", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      expect(yield* fly("key", Effect.succeed("first"))).toBe("first")
      expect(yield* fly("key", Effect.succeed("second"))).toBe("second")
    })
  )

  it.scoped("runs other keys independently", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const { compute, counts } = yield* computing
      yield* forked(fly("a", compute))
      yield* forked(fly("b", compute))
      expect(counts.begun).toBe(2)
      expect(yield* fly("c", Effect.succeed("c"))).toBe("c")
    })
  )

  it.scoped("continues when any caller leaves and stops with the last one", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const { compute, counts } = yield* computing
      const first = yield* forked(fly("key", compute))
      const second = yield* forked(fly("key", compute))
      yield* Fiber.interrupt(first)
      yield* runFibers
      expect(counts).toEqual({ begun: 1, interrupted: 0 })
      yield* Fiber.interrupt(second)
      yield* runFibers
      expect(counts).toEqual({ begun: 1, interrupted: 1 })
    })
  )

  it.scoped("starts anew for a caller that arrives during an interruption, undisturbed by it", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const ending = yield* Deferred.make<void>()
      const slow = Effect.onInterrupt(Effect.never, () => Deferred.await(ending))
      yield* Fiber.interrupt(yield* forked(fly("key", slow)))
      const { compute, counts, end } = yield* computing
      const late = yield* forked(fly("key", compute))
      yield* Deferred.succeed(ending, undefined)
      yield* runFibers
      const later = yield* forked(fly("key", compute))
      expect(counts).toEqual({ begun: 1, interrupted: 0 })
      yield* Deferred.succeed(end, "done")
      expect(yield* Fiber.join(Fiber.zip(late, later))).toEqual(["done", "done"])
    })
  )

  it.effect("ends all computations with the scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const fly = yield* Scope.extend(make, scope)
      const { compute, counts } = yield* computing
      const waiting = yield* forked(fly.join("key", compute))
      yield* Scope.close(scope, Exit.void)
      expect(Exit.isInterrupted(yield* Fiber.await(waiting))).toBe(true)
      expect(counts).toEqual({ begun: 1, interrupted: 1 })
    })
  )

  it("law: runs exactly while a caller waits", async () => {
    // A positive number adds a caller; a negative one interrupts the waiting caller at that index.
    const steps = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(steps, (steps) =>
        Effect.gen(function* () {
          const { join: fly } = yield* make
          const { compute, counts } = yield* computing
          const waiting: Array<Fiber.RuntimeFiber<string, string>> = []
          let begun = 0
          for (const step of steps) {
            if (step >= 0) {
              if (waiting.length === 0) begun++
              waiting.push(yield* forked(fly("key", compute)))
            } else {
              const [leaving] = waiting.splice((-step * 7) % Math.max(1, waiting.length), 1)
              if (leaving !== undefined) yield* Fiber.interrupt(leaving)
              yield* runFibers
            }
            expect(counts).toEqual({ begun, interrupted: waiting.length > 0 ? begun - 1 : begun })
          }
        }).pipe(Effect.scoped, Effect.runPromise)
      ),
      { numRuns: 100 }
    )
  })
})
