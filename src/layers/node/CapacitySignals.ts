// What says that one node is getting too small, each with the value from which on it is time to act: chosen so that nobody feels it yet.
// docs/scale.md says what to do then.
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
  /** From here on; infinite where there is no limit to come near to. */
  readonly threshold: number
  readonly unit: string
}

/** Of `STREAM_LIMIT`. */
const streamShare = 0.8
/** The figure at which the decisions behind this design leave one node. */
const eventRate = 1000
/** Of what a subscriber may fall behind before it must read the log. */
const lagShare = 0.5
/** Ten times what a commit takes on a disk that is well, or a hundred people can no longer type as they like. */
const commitTime = 0.05

/** For the log to say where it ends. */
const lagTimeout = "1 second"

/** Seconds that a rate is taken over. */
const window = 10

export class CapacitySignals extends Context.Tag("evenstar/CapacitySignals")<
  CapacitySignals,
  {
    /** `streams`: how many are open. While the log can't be asked there is no lag among them. */
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
