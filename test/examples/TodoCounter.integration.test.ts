// The example of the guide to read models: compiled, run with a mocked neighbour, quoted verbatim.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import { layerContext } from "@effect/platform-node/NodeHttpServer"
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TodoCounter from "../../examples/TodoCounter.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { Subscriptions } from "../../src/layers/subscriptions/Subscriptions.ts"
import { append, event, inMemory } from "../support.ts"

const root = join(import.meta.dirname, "../..")

describe("example of a Layer", () => {
  it.scoped("counts the events that it follows and serves the count over HTTP", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { events } = yield* store.append(append("a", 0, { events: Arr.make(event(), event(), event()) }))
      const feed = Layer.mock(Subscriptions, {
        subscribe: () => Stream.concat(Stream.fromIterable(events), Stream.never)
      })
      const { dispose, handler } = HttpLayerRouter.toWebHandler(
        TodoCounter.layer.pipe(Layer.provide([feed, layerContext])),
        { disableLogger: true }
      )
      const answer = Effect.promise(() => handler(new Request("http://localhost/todo-count")).then((it) => it.json()))
      expect(yield* Effect.repeat(answer, { until: ({ count }) => count === 3 })).toEqual({ count: 3 })
      yield* Effect.promise(dispose)
    }).pipe(Effect.provide(inMemory()))
  )

  it("is quoted verbatim in a guide", () => {
    const guide = readFileSync(join(root, "docs/guides/read-models.md"), "utf8")
    expect(guide).toContain(readFileSync(join(root, "examples/TodoCounter.ts"), "utf8"))
  })
})
