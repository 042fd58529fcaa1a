// The service, with `Subscriptions` mocked.
import { expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { html } from "evenstar/http/views/render"
import { Subscriptions } from "evenstar/layers/subscriptions/Subscriptions"
import { storedEvents } from "evenstar/testing"
import { SampleService, sampleServiceSection } from "../../../src/features/sampleThings/SampleService.tsx"
import { sampleThing } from "../../../src/features/sampleThings/SampleThing.ts"

const events = storedEvents(sampleThing, "A".repeat(22), FastCheck.sample(Arbitrary.make(sampleThing.events), 3))
const subscriptions = Layer.mock(Subscriptions, {
  subscribe: () => Stream.concat(Stream.fromIterable(events), Stream.never)
})

it.effect("counts the events that it follows, and shows it on the start page", () =>
  Effect.gen(function* () {
    const { count } = yield* SampleService
    yield* Effect.repeat(count, { until: (events) => events === 3 })
    const section = yield* sampleServiceSection
    const view = yield* section({ visitor: null, asked: new URLSearchParams(), formKey: "" })
    expect(html(view)).toContain("since the start: 3")
  }).pipe(Effect.provide(Layer.provide(SampleService.layer, subscriptions)))
)
