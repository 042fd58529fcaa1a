// A doorbell alone: who waits, and what a ring does at each moment.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import * as Doorbell from "../../src/lib/doorbell.ts"

/** Work that somebody brings, and a fiber that does it all whenever it is woken. */
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
/** Lets whatever can go on do so. */
const settled = Effect.repeatN(Effect.yieldNow(), 20)

describe("a doorbell", () => {
  it.scoped("wakes who waits, at each ring once", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(doorbell.wait, work)))
      yield* settled
      expect(state).toEqual({ done: 0, woken: 0 })
      for (let n = 1; n <= 3; n++) {
        bring()
        yield* settled
        expect(state).toEqual({ done: n, woken: n })
      }
      bring()
      bring()
      yield* settled
      expect(state).toEqual({ done: 5, woken: 4 })
    })
  )

  it.effect("has a wait return at once where there is something to do already, and after that no other", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      bring()
      bring()
      yield* Effect.zipRight(doorbell.wait, work)
      expect(state).toEqual({ done: 2, woken: 1 })
      const waiting = yield* Effect.fork(doorbell.wait)
      yield* settled
      expect(waiting.unsafePoll()).toBeNull()
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("wakes nobody who would find nothing to do", () =>
    Effect.gen(function* () {
      const { doorbell } = yield* makeWorker
      const waiting = yield* Effect.fork(doorbell.wait)
      yield* settled
      doorbell.ring()
      yield* settled
      expect(waiting.unsafePoll()).toBeNull()
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("loses nothing with a wait that is interrupted, before the ring or together with it", () =>
    Effect.gen(function* () {
      const { bring, doorbell, state, work } = yield* makeWorker
      const before = yield* Effect.fork(doorbell.wait)
      yield* settled
      yield* Fiber.interrupt(before)
      bring()
      yield* Effect.zipRight(doorbell.wait, work)
      expect(state.done).toBe(1)

      const woken = yield* Effect.fork(Effect.zipRight(doorbell.wait, work))
      yield* settled
      bring()
      yield* Fiber.interrupt(woken)
      // Whether it came to its work or not: what was brought is done, or there is to be done.
      if (state.done < 2) yield* Effect.zipRight(doorbell.wait, work)
      expect(state.done).toBe(2)
    })
  )

  it("has all work done, however rings, waits and interruptions come", async () => {
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
            yield* settled
            yield* Fiber.interrupt(worker)
            return { brought, done: state.done }
          })
        )
        expect(done).toBe(brought)
      })
    )
  })
})
