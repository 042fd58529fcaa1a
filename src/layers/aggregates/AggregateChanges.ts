// One subscription for all aggregates, which dispatches events by aggregate type.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import { Subscriptions } from "../subscriptions/Subscriptions.ts"

/** Receives new events of one type, in order. */
export type AggregateListener = (events: ReadonlyArray<StoredEvent>) => void

export class AggregateChanges extends Context.Tag("evenstar/AggregateChanges")<
  AggregateChanges,
  {
    /** Listens until the scope closes. */
    readonly listen: (type: string, listener: AggregateListener) => Effect.Effect<void, never, Scope.Scope>
  }
>() {
  static readonly layer = Layer.scoped(
    AggregateChanges,
    Effect.gen(function* () {
      const subscriptions = yield* Subscriptions
      const listeners = new Map<string, Set<AggregateListener>>()
      yield* subscriptions.listen((events) => {
        for (const [type, ofType] of listeners) {
          const some = events.filter(({ aggregateType }) => aggregateType === type)
          if (some.length > 0) for (const listener of ofType) listener(some)
        }
      })
      return {
        listen: (type, listener) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const ofType = listeners.get(type) ?? new Set()
              listeners.set(type, ofType.add(listener))
            }),
            () => Effect.sync(() => listeners.get(type)?.delete(listener))
          )
      }
    })
  )
}
