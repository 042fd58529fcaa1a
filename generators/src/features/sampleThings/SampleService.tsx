// A service that subscribes to the sample things' events, and its section of the start page.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Section } from "evenstar/http/live/StartPage"
import { Subscriptions } from "evenstar/layers/subscriptions/Subscriptions"
import { sampleThing } from "./SampleThing.ts"

export class SampleService extends Context.Tag("sampleThings/SampleService")<
  SampleService,
  {
    /** Events since the process started. */
    readonly count: Effect.Effect<number>
  }
>() {
  static readonly layer = Layer.scoped(
    SampleService,
    Effect.gen(function* () {
      const { subscribe } = yield* Subscriptions
      let count = 0
      yield* subscribe({ filter: { aggregateType: sampleThing.type } }).pipe(
        Stream.runForEach(() => Effect.sync(() => count++)),
        Effect.forkScoped
      )
      return { count: Effect.sync(() => count) }
    })
  )
}

export const sampleServiceSection = Effect.map(
  SampleService,
  ({ count }): Section =>
    () =>
      Effect.map(count, (events) => (
        <section>
          <h2>Sample service</h2>
          <p id="sample-service">Events of sample things since the start: {events}</p>
        </section>
      ))
)
