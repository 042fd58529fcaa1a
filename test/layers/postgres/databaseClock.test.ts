// A node's estimate of the database's clock: steps of either clock do not affect other nodes.
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import { StoreUnavailable } from "../../../src/domain/StoredEvent.ts"
import { databaseClock } from "../../../src/layers/postgres/databaseClock.ts"
import { unsafeMonotonicMillis } from "../../../src/lib/monotonicTime.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"

const system = Clock.make()
/** A database whose clock differs from this machine's. */
const ahead = (millis: number) => () => Effect.sync(() => [[unsafeMonotonicMillis(system) + millis]])

describe("database clock", () => {
  it.scoped.each(steps)("is independent of this machine's clock, which is set %s", ([, millis]) =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const now = yield* databaseClock(ahead(90_000))
        const [before, own] = [yield* now, yield* Clock.currentTimeMillis]
        expect(Math.abs(before - own - 90_000)).toBeLessThan(1000)
        yield* step(millis)
        yield* TestClock.adjust("10 seconds")
        expect((yield* now) - before).toBe(10_000)
      })
    )
  )

  it.scoped("equals this machine's clock where they agree", () =>
    Effect.gen(function* () {
      const now = yield* databaseClock(ahead(-200))
      yield* TestClock.adjust("1 hour")
      expect(yield* now).toBe(3_600_000)
    })
  )

  it.scoped("fails the start without a response", () =>
    Effect.gen(function* () {
      const away = new StoreUnavailable({ reason: "away", cause: undefined })
      expect(yield* Effect.either(databaseClock(() => Effect.fail(away)))).toEqual(Either.left(away))
    })
  )
})
