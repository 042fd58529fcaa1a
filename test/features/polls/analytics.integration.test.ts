// Votes by day in DuckDB, for votes at known times.
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { votesByDay } from "../../../src/features/polls/analytics.tsx"
import { Analytics } from "../../../src/layers/analytics/Analytics.ts"
import * as AnalyticsBackend from "../../../src/layers/analytics/AnalyticsBackend.ts"
import { Day } from "../../../src/layers/analytics/ranges.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { until } from "../../http/fastRouter.ts"
import { append, event, inMemory, settings } from "../../support.ts"

describe("votes by day", () => {
  it.scoped("counts votes in the range and no other events", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const happened = [
        ["2026-03-01T10:00:00Z", "Poll", "PollCreated"],
        ["2026-03-01T11:00:00Z", "Poll", "VoteCast"],
        ["2026-03-01T23:59:59.999Z", "Poll", "VoteCast"],
        ["2026-03-02T00:00:00Z", "Poll", "VoteCast"],
        ["2026-03-02T00:00:00Z", "Other", "VoteCast"],
        ["2026-03-03T00:00:00Z", "Poll", "PollClosed"]
      ] as const
      for (const [index, [at, type, eventType]] of happened.entries()) {
        yield* TestClock.setTime(Date.parse(at))
        yield* store.append(append("", 0, { aggregate: { type, id: `${index}` }, events: Arr.of(event(eventType)) }))
      }
      const layers = AnalyticsBackend.layerMemory.pipe(
        Layer.provide([Subscriptions.layer, DecodeFailures.layer, settings()])
      )
      const { compute, status } = yield* Effect.provide(Analytics, yield* Layer.build(layers))
      yield* until(() => status().sequence === happened.length && status().unavailable === undefined)
      expect((yield* compute(votesByDay.ask({}))).rows).toEqual([
        { day: "2026-03-01", count: 2 },
        { day: "2026-03-02", count: 1 }
      ])
      const from = Day.make("2026-03-02")
      expect((yield* compute(votesByDay.ask({ from }))).rows).toEqual([{ day: "2026-03-02", count: 1 }])
    }).pipe(Effect.provide(inMemory()))
  )
})
