// A doorbell: waits, and the effect of a ring at each moment.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import * as Doorbell from "../../src/lib/doorbell.ts"

/** A queue of work, and a fiber that processes all of it whenever it is woken. */
const makeWorker = Effect.gen(function* () {
  let left = 0
  const state = { done: 0, woken: 0 }
  const doorbell = Doorbell.make(() => left > 0)
  const bring = () => {
    left++
    doorbell.ring()
  }
  const work = Effect.sync(() => {
    state.woken++
    state.done += left
    left = 0
  })
  return { bring, doorbell, state, work }
})
const runFibers = Effect.repeatN(Effect.yieldNow(), 20)

describe("doorbell", () => {
  it.scoped("wakes the waiting fiber once per ring", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(doorbell.wait, work)))
      yield* runFibers
      expect(state).toEqual({ done: 0, woken: 0 })
      for (let n = 1; n <= 3; n++) {
        bring()
        yield* runFibers
        expect(state).toEqual({ done: n, woken: n })
      }
      bring()
      bring()
      yield* runFibers
      expect(state).toEqual({ done: 5, woken: 4 })
    })
  )

  it.effect("lets one wait return immediately for an earlier ring", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      bring()
      bring()
      yield* Effect.zipRight(doorbell.wait, work)
      expect(state).toEqual({ done: 2, woken: 1 })
      const waiting = yield* Effect.fork(doorbell.wait)
      yield* runFibers
      expect(waiting.unsafePoll()).toBeNull()
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("wakes no fiber without pending work", () =>
    Effect.gen(function* () {
      const { doorbell } = yield* makeWorker
      const waiting = yield* Effect.fork(doorbell.wait)
      yield* runFibers
      doorbell.ring()
      yield* runFibers
      expect(waiting.unsafePoll()).toBeNull()
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("loses no ring when a wait is interrupted before it or with it", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      const before = yield* Effect.fork(doorbell.wait)
      yield* runFibers
      yield* Fiber.interrupt(before)
      bring()
      yield* Effect.zipRight(doorbell.wait, work)
      expect(state.done).toBe(1)

      const woken = yield* Effect.fork(Effect.zipRight(doorbell.wait, work))
      yield* runFibers
      bring()
      yield* Fiber.interrupt(woken)
      // In either order, the work is done or still pending.
      if (state.done < 2) yield* Effect.zipRight(doorbell.wait, work)
      expect(state.done).toBe(2)
    })
  )

  it("law: all work is done under any order of rings, waits and interruptions", async () => {
    const steps = fc.array(fc.constantFrom("bring", "yield", "interrupt"), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { brought, done } = await Effect.runPromise(
          Effect.gen(function* () {
            const { bring, doorbell, state, work } = yield* makeWorker
            const start = Effect.fork(Effect.forever(Effect.zipRight(doorbell.wait, work)))
            let worker = yield* start
            let brought = 0
            for (const step of all) {
              if (step === "bring") {
                brought++
                bring()
              } else if (step === "yield") yield* Effect.yieldNow()
              else {
                yield* Fiber.interrupt(worker)
                worker = yield* start
              }
            }
            yield* runFibers
            yield* Fiber.interrupt(worker)
            return { brought, done: state.done }
          })
        )
        expect(done).toBe(brought)
      })
    )
  })
})
