import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { LogId, StoreUnavailable } from "../../../src/domain/StoredEvent.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { CapacitySignals, isExceeded } from "../../../src/layers/node/CapacitySignals.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { settings } from "../../support.ts"

const state = { appended: 0, commit: 0, lag: 0, isAway: false }
const log = Layer.mock(EventStore, {
  logId: LogId.make("log"),
  isShared: false,
  appended: Effect.sync(() => state.appended),
  commitTime: Effect.sync(() => state.commit)
})
const feed = Layer.mock(Subscriptions, {
  lag: Effect.suspend(() =>
    state.isAway ? new StoreUnavailable({ reason: "away", cause: undefined }) : Effect.succeed(state.lag)
  )
})
const signals = CapacitySignals.layer.pipe(
  Layer.provide([log, feed]),
  Layer.provide(settings({ STREAM_LIMIT: "100", EVENT_BUS_CAPACITY: "100" }))
)

describe("capacity signals", () => {
  it.scoped("are exceeded exactly from their thresholds on", () =>
    Effect.gen(function* () {
      const { read } = yield* CapacitySignals
      const exceeded = (streams: number) =>
        Effect.map(read(streams), (all) => all.filter(isExceeded).map(({ name }) => name))
      expect(yield* exceeded(79)).toEqual([])
      expect(yield* exceeded(80)).toEqual(["streams"])
      Object.assign(state, { commit: 0.05, lag: 50 })
      expect(yield* exceeded(0)).toEqual(["subscriber_lag", "commit_seconds"])
      Object.assign(state, { commit: 0.049, lag: 49 })
      for (let second = 0; second < 20; second++) {
        state.appended += 999
        yield* TestClock.adjust("1 second")
      }
      expect(yield* exceeded(0)).toEqual([])
      state.appended += 1009
      yield* TestClock.adjust("1 second")
      expect(yield* exceeded(0)).toEqual(["events_per_second"])
      // Old samples no longer count.
      yield* TestClock.adjust("20 seconds")
      expect(yield* exceeded(0)).toEqual([])
      state.isAway = true
      expect((yield* read(0)).map(({ name }) => name)).not.toContain("subscriber_lag")
    }).pipe(Effect.provide(signals))
  )
})
