// Time for durations: it goes on evenly whatever the wall clock is set to. Ages, validity, leases and deadlines are differences
// of these; the wall clock (`Clock.currentTimeMillis`) is for what people read: an event's `occurredAt`, a day, a file's name.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as Interval from "effect/ScheduleInterval"

/**
 * Whole milliseconds since 1970 as the wall clock had them when this process began, counted on from there by the system's
 * monotonic clock (Effect's nanoseconds are just that; a `TestClock` drives them too). 0.13 microseconds.
 */
export const unsafeMonotonicMillis = (clock: Clock.Clock): number =>
  Number((clock.unsafeCurrentTimeNanos() + 500_000n) / 1_000_000n)

export const monotonicMillis: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => unsafeMonotonicMillis(clock))
)

/** `Schedule.upTo` subtracts wall clock times: set back an hour, it would go on for that hour. */
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
