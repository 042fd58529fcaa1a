// A test clock whose wall time can be set; monotonic time and sleeps follow `TestClock`.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

/** Sets the wall clock by this many milliseconds. */
export type Step = (millis: number) => Effect.Effect<void>

const hour = Duration.toMillis("1 hour")

/** Steps of a running process's wall clock: manual, by NTP, by a migrated VM. */
export const steps: ReadonlyArray<readonly [name: string, millis: number]> = [
  ["back an hour", -hour],
  ["forward an hour", hour],
  ["back 40 days", -960 * hour],
  ["forward 400 days", 9600 * hour],
  ["not at all", 0]
]

/** 2026, so that a wall clock that is set back stays after 1970. */
const start = Date.UTC(2026, 10, 28)

/** Runs a test on such a clock, which all Layers built within it use. */
export const onSteppedClock = <A, E, R>(test: (step: Step) => Effect.Effect<A, E, R>) =>
  TestClock.testClockWith((inner) => {
    let offset = 0
    const wall = () => inner.unsafeCurrentTimeMillis() + offset
    const own: Partial<Clock.Clock> = {
      unsafeCurrentTimeMillis: wall,
      currentTimeMillis: Effect.sync(wall),
      // The default reads the wall clock.
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
