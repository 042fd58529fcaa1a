// The projection on an event store, with arbitrary events.
import { expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { html } from "evenstar/http/views/render"
import { append, services } from "evenstar/testing"
import { SampleTally, sampleTally, sampleTallySection } from "../../../src/features/sampleThings/SampleTally.tsx"
import { sampleThing } from "../../../src/features/sampleThings/SampleThing.ts"

const events = FastCheck.sample(Arbitrary.make(sampleThing.events), 20)
const counted = events.filter(({ _tag }) => sampleTally.eventTypes.includes(_tag))

it.live("counts each event once, and shows it on the start page", () =>
  Effect.gen(function* () {
    yield* append(sampleThing.type, "A".repeat(22), events.map(sampleThing.codec.encode))
    const tally = yield* SampleTally
    yield* Effect.repeat(tally, {
      until: (rows) => rows.reduce((sum, { count }) => sum + count, 0) === counted.length,
      schedule: Schedule.spaced("10 millis")
    })
    for (const { count, eventType } of yield* tally) {
      expect(count).toBe(counted.filter(({ _tag }) => _tag === eventType).length)
    }
    const section = yield* sampleTallySection
    const view = yield* section({ visitor: null, asked: new URLSearchParams(), formKey: "" })
    expect(html(view)).toContain(counted[0]?._tag ?? "Sample tally")
  }).pipe(Effect.provide(SampleTally.layer.pipe(Layer.provideMerge(services))))
)
