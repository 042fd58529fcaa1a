// The test's clock, of which somebody sets the wall time: the monotonic time, and what sleeps, goes on as `TestClock` has it.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

/** So many milliseconds more or less on the wall than there were. */
export type Step = (millis: number) => Effect.Effect<void>

const hour = Duration.toMillis("1 hour")

/** What a wall clock does under a running process: by hand, by NTP after a wrong start, by a machine that was moved. */
export const steps: ReadonlyArray<readonly [name: string, millis: number]> = [
  ["back an hour", -hour],
  ["forward an hour", hour],
  ["back 40 days", -960 * hour],
  ["forward 400 days", 9600 * hour],
  ["not at all", 0]
]

/** 2026, so that a wall clock that is set back stays behind 1970. */
const start = Date.UTC(2026, 10, 28)

/** Runs a test on such a clock; all that it builds has it, too. */
export const onSteppedClock = <A, E, R>(test: (step: Step) => Effect.Effect<A, E, R>) =>
  TestClock.testClockWith((inner) => {
    let offset = 0
    const wall = () => inner.unsafeCurrentTimeMillis() + offset
    const own: Partial<Clock.Clock> = {
      unsafeCurrentTimeMillis: wall,
      currentTimeMillis: Effect.sync(wall),
      // It would ask the wall.
      unsafeCurrentTimeNanos: () => inner.unsafeCurrentTimeNanos()
    }
    const clock = new Proxy(inner, {
      get: (target, name) => (name in own ? Reflect.get(own, name) : Reflect.get(target, name, target))
    })
    const step: Step = (millis) =>
      Effect.sync(() => {
        offset += millis
      })
    return Effect.zipRight(TestClock.setTime(start), Effect.withClock(test(step), clock))
  })
