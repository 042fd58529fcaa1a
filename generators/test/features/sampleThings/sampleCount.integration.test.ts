// The query in DuckDB, on events with known times.
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Day } from "evenstar/layers/analytics/ranges"
import { append, rowsOf, servicesInMemory } from "evenstar/testing"
import { sampleThing } from "../../../src/features/sampleThings/SampleThing.ts"
import { sampleCount } from "../../../src/features/sampleThings/sampleCount.tsx"

const event = (eventType: string) => ({ eventType, schemaVersion: 1, payload: {} })

it.scoped("counts one event type by day, in a range", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse("2026-03-01T23:59:59.999Z"))
    yield* append(sampleThing.type, "first", [event("SampleThingCreated"), event("Another")])
    yield* append("Another", "first", [event("SampleThingCreated")])
    yield* TestClock.setTime(Date.parse("2026-03-02T00:00:00Z"))
    yield* append(sampleThing.type, "second", [event("SampleThingCreated"), event("SampleThingCreated")])
    expect(yield* rowsOf(sampleCount.ask({}))).toEqual([
      { day: "2026-03-01", count: 1 },
      { day: "2026-03-02", count: 2 }
    ])
    expect(yield* rowsOf(sampleCount.ask({ from: Day.make("2026-03-02") }))).toEqual([{ day: "2026-03-02", count: 2 }])
  }).pipe(Effect.provide(servicesInMemory))
)
