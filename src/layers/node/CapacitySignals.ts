// Saturation metrics with thresholds, chosen so that reaching one is a warning before users notice.
// docs/scale.md says what to do.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { EventStore } from "../eventStore/EventStore.ts"
import { Subscriptions } from "../subscriptions/Subscriptions.ts"
import { Settings } from "./Settings.ts"

export interface CapacitySignal {
  readonly name: "streams" | "events_per_second" | "subscriber_lag" | "commit_seconds"
  readonly value: number
  /** Exceeded from here on; infinite where there is no limit. */
  readonly threshold: number
  readonly unit: string
}

/** Share of `STREAM_LIMIT`. */
const streamShare = 0.8
/** Events per second at which the design leaves a single node. */
const eventRate = 1000
/** Share of `EVENT_BUS_CAPACITY`. */
const lagShare = 0.5
/** Seconds; ten times a commit on a healthy disk. */
const commitTime = 0.05

/** Timeout of reading the log's head. */
const lagTimeout = "1 second"

/** Seconds that the event rate is averaged over. */
const window = 10

export class CapacitySignals extends Context.Tag("evenstar/CapacitySignals")<
  CapacitySignals,
  {
    /** `streams`: number of open streams. Omits the lag while the log is unavailable. */
    readonly read: (streams: number) => Effect.Effect<ReadonlyArray<CapacitySignal>>
  }
>() {
  static readonly layer = Layer.scoped(
    CapacitySignals,
    Effect.gen(function* () {
      const { eventBusCapacity, streamLimit } = yield* Settings
      const store = yield* EventStore
      const subscriptions = yield* Subscriptions
      const lagIfKnown = Effect.option(Effect.timeout(subscriptions.lag, lagTimeout))
      const farBehind = eventBusCapacity * lagShare
      let samples: ReadonlyArray<number> = [yield* store.appended]
      yield* Effect.map(store.appended, (count) => {
        samples = [...samples.slice(-window), count]
      }).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.delay("1 second"), Effect.forkScoped)

      return {
        read: (streams) =>
          Effect.map(Effect.all([lagIfKnown, store.commitTime]), ([lag, commit]): ReadonlyArray<CapacitySignal> => {
            const rate = ((samples.at(-1) ?? 0) - (samples[0] ?? 0)) / Math.max(1, samples.length - 1)
            const near = streamLimit === 0 ? Number.POSITIVE_INFINITY : streamLimit * streamShare
            return [
              { name: "streams", value: streams, threshold: near, unit: "open streams" },
              { name: "events_per_second", value: rate, threshold: eventRate, unit: "events a second" },
              ...Option.toArray(
                Option.map(
                  lag,
                  (value): CapacitySignal => ({
                    name: "subscriber_lag",
                    value,
                    threshold: farBehind,
                    unit: "events behind"
                  })
                )
              ),
              { name: "commit_seconds", value: commit, threshold: commitTime, unit: "seconds a commit" }
            ]
          })
      }
    })
  )
}

export const isExceeded = ({ threshold, value }: CapacitySignal): boolean => value >= threshold
