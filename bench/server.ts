// The application with one more feature: a publisher that appends events at a given rate.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { application } from "../src/application.ts"
import { CommandId, noVersion } from "../src/domain/StoredEvent.ts"
import { todo } from "../src/features/todo/index.ts"
import * as Feature from "../src/http/Feature.ts"
import { launch } from "../src/launch.ts"
import { EventStore } from "../src/layers/eventStore/EventStore.ts"
import { Ids } from "../src/layers/node/Ids.ts"
import { answer, Publish } from "./support/calls.ts"
import { pace } from "./support/clock.ts"
import { aggregateType, eventType, payload, stamp } from "./support/samples.ts"

/** Each event begins an aggregate; those of a tick are appended concurrently. */
const publisher = Layer.effectDiscard(
  Effect.gen(function* () {
    const store = yield* EventStore
    const ids = yield* Ids
    const run = Runtime.runPromise(yield* Effect.runtime<never>())

    const append = Effect.flatMap(ids.timeOrdered, (id) =>
      store.append({
        aggregate: { type: aggregateType, id },
        expectedVersion: noVersion,
        events: Arr.of({ eventType, schemaVersion: 1, payload: payload(stamp()) }),
        commandId: CommandId.make(id)
      })
    )
    answer(Publish, async (asked) => {
      const ticks: Array<Promise<ReadonlyArray<{ readonly sequence: number }>>> = []
      const seconds = await pace(asked, (count) => {
        ticks.push(run(Effect.all(Arr.replicate(append, count), { concurrency: "unbounded" })))
      })
      const sequences = (await Promise.all(ticks)).flat().map(({ sequence }) => sequence)
      return { first: Math.min(...sequences), last: Math.max(...sequences), seconds }
    })
  })
)

launch(application([todo, Feature.make({ name: "publisher", services: Layer.empty, routes: publisher })]))
