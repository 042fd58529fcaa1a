// The lock of each key: order, independence, interruption, and deadlines on the test's clock.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { requestTimeout, withDeadline } from "../../src/lib/deadline.ts"
import { keyedLock } from "../../src/lib/keyedLock.ts"

/** Lets all runnable fibers run. */
const runFibers = Effect.repeatN(Effect.yieldNow(), 20)

const makeLock = Effect.map(Deferred.make<void>(), (gate) => {
  const lock = keyedLock("too late")
  const done: Array<string> = []
  /** Holds the key until the gate opens. */
  const hold = (key: string, name: string) => lock(key, Effect.zipRight(Deferred.await(gate), write(name)))
  const write = (name: string) => Effect.sync(() => void done.push(name))
  return { done, gate, hold, lock, write, open: Deferred.succeed(gate, undefined) }
})

describe("keyedLock", () => {
  it.scoped("runs the effects of a key one after the other in their order, and others meanwhile", () =>
    Effect.gen(function* () {
      const { done, hold, lock, open, write } = yield* makeLock
      const fibers = [yield* Effect.fork(hold("a", "first"))]
      yield* runFibers
      for (const name of ["second", "third"]) fibers.push(yield* Effect.fork(lock("a", write(name))))
      yield* runFibers
      yield* lock("b", write("other key"))
      expect(done).toEqual(["other key"])
      yield* open
      yield* Fiber.joinAll(fibers)
      expect(done).toEqual(["other key", "first", "second", "third"])
    })
  )

  it.scoped("is released after a failure and after a defect, which their own caller receives", () =>
    Effect.gen(function* () {
      const { done, lock, write } = yield* makeLock
      const exits = yield* Effect.all(
        [
          Effect.exit(lock("a", Effect.fail("no"))),
          Effect.exit(lock("a", Effect.die("broken"))),
          lock("a", write("next"))
        ],
        { concurrency: "unbounded" }
      )
      expect(exits).toEqual([Exit.fail("no"), Exit.die("broken"), undefined])
      expect(done).toEqual(["next"])
    })
  )

  it.scoped("finishes the work of an interrupted caller, whether it runs or waits", () =>
    Effect.gen(function* () {
      const { done, hold, lock, open, write } = yield* makeLock
      const holder = yield* Effect.fork(hold("a", "holder"))
      yield* runFibers
      const waiting = yield* Effect.fork(lock("a", write("waiting")))
      yield* runFibers
      const interrupting = yield* Effect.fork(Fiber.interruptAll([holder, waiting]))
      yield* runFibers
      expect(done).toEqual([])
      yield* open
      yield* Fiber.join(interrupting)
      expect(done).toEqual(["holder", "waiting"])
    })
  )

  it.scoped("refuses a request whose deadline has passed at its turn, and no other work", () =>
    Effect.gen(function* () {
      const { done, hold, lock, open, write } = yield* makeLock
      yield* Effect.fork(hold("a", "holder"))
      yield* runFibers
      const late = yield* Effect.fork(withDeadline(lock("a", write("request"))))
      const patient = yield* Effect.fork(lock("a", write("other work")))
      yield* runFibers
      yield* TestClock.adjust(requestTimeout - 1)
      const inTime = yield* Effect.fork(withDeadline(lock("a", write("younger request"))))
      yield* TestClock.adjust(1)
      yield* open
      expect(yield* Effect.exit(Fiber.join(late))).toEqual(Exit.fail("too late"))
      yield* Fiber.joinAll([patient, inTime])
      expect(done).toEqual(["holder", "other work", "younger request"])
    })
  )
})
