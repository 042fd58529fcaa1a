// An application's Layer: counts all added todos with a catch-up subscription and serves the
// count.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { noEvents } from "../src/domain/StoredEvent.ts"
import { Subscriptions } from "../src/layers/subscriptions/Subscriptions.ts"

export class TodoCounter extends Context.Tag("example/TodoCounter")<
  TodoCounter,
  { readonly added: Effect.Effect<number> }
>() {
  static readonly layer = Layer.scoped(
    TodoCounter,
    Effect.gen(function* () {
      const { subscribe } = yield* Subscriptions
      let added = 0
      yield* subscribe({ after: noEvents, filter: { aggregateType: "TodoList", eventTypes: ["TodoAdded"] } }).pipe(
        Stream.runForEach(() => Effect.sync(() => added++)),
        Effect.forkScoped
      )
      return { added: Effect.sync(() => added) }
    })
  )
}

export const layer = HttpLayerRouter.use((router) =>
  Effect.flatMap(TodoCounter, ({ added }) =>
    router.add(
      "GET",
      "/todo-count",
      Effect.map(added, (count) => HttpServerResponse.unsafeJson({ count }))
    )
  )
).pipe(Layer.provide(TodoCounter.layer))
