// Monotonic time, independent of changes of the wall clock, for ages, leases and deadlines. The
// wall clock (`Clock.currentTimeMillis`) is for times that people read.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as Interval from "effect/ScheduleInterval"

/**
 * Milliseconds since 1970 by the wall clock at the start of the process, advanced by the monotonic
 * clock (or a `TestClock`). 0.13 microseconds per call.
 */
export const unsafeMonotonicMillis = (clock: Clock.Clock): number =>
  Number((clock.unsafeCurrentTimeNanos() + 500_000n) / 1_000_000n)

export const monotonicMillis: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => unsafeMonotonicMillis(clock))
)

/**
 * Like `Schedule.upTo`, which uses the wall clock and would run an hour longer when that is set
 * back.
 */
export const upToElapsed = (time: Duration.DurationInput) => {
  const limit = Duration.toMillis(time)
  const elapsed = Schedule.makeWithState(Number.NaN, (now: number, _: unknown, begun: number) =>
    Effect.map(monotonicMillis, (at) => {
      const since = Number.isNaN(begun) ? at : begun
      return [since, at - since, ScheduleDecision.continueWith(Interval.after(now))]
    })
  )
  const inTime = Schedule.whileOutput(elapsed, (millis) => millis < limit)
  return <Out, In, R>(schedule: Schedule.Schedule<Out, In, R>) => Schedule.zipLeft(schedule, inTime)
}
