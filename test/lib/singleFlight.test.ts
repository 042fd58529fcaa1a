// One computation for all who want the same at the same time, alone: who shares it, who ends it, and what comes after.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import * as SingleFlight from "../../src/lib/singleFlight.ts"

/** Computations that end when the test says so, with how many have begun and how many were interrupted. */
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
/** Lets whatever can go on do so. */
const settled = Effect.repeatN(Effect.yieldNow(), 20)
const forked = <A, E>(effect: Effect.Effect<A, E>) => Effect.zipLeft(Effect.fork(effect), settled)

describe("single flight", () => {
  it.scoped("all who come while it runs get what it gives", () =>
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

  it.scoped("its failure and its defect are everybody's, and who comes afterwards begins anew", () =>
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

  it.scoped("one that ends at once leaves nothing behind", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      expect(yield* fly("key", Effect.succeed("first"))).toBe("first")
      expect(yield* fly("key", Effect.succeed("second"))).toBe("second")
    })
  )

  it.scoped("other keys fly by themselves", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const { compute, counts } = yield* computing
      yield* forked(fly("a", compute))
      yield* forked(fly("b", compute))
      expect(counts.begun).toBe(2)
      expect(yield* fly("c", Effect.succeed("c"))).toBe("c")
    })
  )

  it.scoped("who leaves, the one that began it too, doesn't take it from the others; the last one ends it", () =>
    Effect.gen(function* () {
      const { join: fly } = yield* make
      const { compute, counts } = yield* computing
      const first = yield* forked(fly("key", compute))
      const second = yield* forked(fly("key", compute))
      yield* Fiber.interrupt(first)
      yield* settled
      expect(counts).toEqual({ begun: 1, interrupted: 0 })
      yield* Fiber.interrupt(second)
      yield* settled
      expect(counts).toEqual({ begun: 1, interrupted: 1 })
    })
  )

  it.scoped(
    "nobody waits for one that is being interrupted: who comes then begins anew, and that is not disturbed",
    () =>
      Effect.gen(function* () {
        const { join: fly } = yield* make
        const ending = yield* Deferred.make<void>()
        const slow = Effect.onInterrupt(Effect.never, () => Deferred.await(ending))
        yield* Fiber.interrupt(yield* forked(fly("key", slow)))
        const { compute, counts, end } = yield* computing
        const late = yield* forked(fly("key", compute))
        yield* Deferred.succeed(ending, undefined)
        yield* settled
        const later = yield* forked(fly("key", compute))
        expect(counts).toEqual({ begun: 1, interrupted: 0 })
        yield* Deferred.succeed(end, "done")
        expect(yield* Fiber.join(Fiber.zip(late, later))).toEqual(["done", "done"])
      })
  )

  it.effect("all end with the scope", () =>
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

  it("runs exactly while somebody waits, whoever comes and goes", async () => {
    // A number above 0 comes, one below leaves: the one that stands there among those who wait.
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
              yield* settled
            }
            expect(counts).toEqual({ begun, interrupted: waiting.length > 0 ? begun - 1 : begun })
          }
        }).pipe(Effect.scoped, Effect.runPromise)
      ),
      { numRuns: 100 }
    )
  })
})
