// The live bus: it rings when events are stored. Publishing never waits; who falls behind is told how much was missed.
// A sliding PubSub drops in silence, so every message carries a running number and a subscriber counts the holes.
import type * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { StoredEvent } from "../domain/StoredEvent.ts"
import { Settings } from "./Settings.ts"

/** What a subscriber takes: events in order, or the number of events that it was too slow for. */
export type BusMessage =
  | { readonly _tag: "Published"; readonly event: StoredEvent }
  | { readonly _tag: "Lagged"; readonly missed: number }

export interface Subscription {
  /** All that is there, and at least one message: waits for the first. */
  readonly take: Effect.Effect<ReadonlyArray<BusMessage>>
}

interface Numbered {
  readonly number: number
  readonly event: StoredEvent
}

const make = (capacity: number) =>
  Effect.gen(function* () {
    const pubsub = yield* Effect.acquireRelease(PubSub.sliding<Numbered>(capacity), PubSub.shutdown)
    let published = 0
    let lagged = 0

    const subscribe = Effect.gen(function* () {
      const queue = yield* PubSub.subscribe(pubsub)
      let expected = published + 1
      const messages = (chunk: Chunk.Chunk<Numbered>) => {
        const found: Array<BusMessage> = []
        for (const { event, number } of chunk) {
          if (number > expected) {
            found.push({ _tag: "Lagged", missed: number - expected })
            lagged += number - expected
          }
          found.push({ _tag: "Published", event })
          expected = number + 1
        }
        return found
      }
      return { take: Effect.map(Queue.takeBetween(queue, 1, capacity), messages) }
    })

    return {
      publish: (events: ReadonlyArray<StoredEvent>) =>
        Effect.suspend(() =>
          PubSub.publishAll(
            pubsub,
            events.map((event) => ({ number: ++published, event }))
          )
        ).pipe(Effect.asVoid, Effect.uninterruptible),
      subscribe,
      lagged: Effect.sync(() => lagged)
    }
  })

export class EventBus extends Context.Tag("evenstar/EventBus")<
  EventBus,
  {
    /** Hands events to all subscribers, in order. Never waits for one of them. */
    readonly publish: (events: ReadonlyArray<StoredEvent>) => Effect.Effect<void>
    /** Live when the effect returns; ends with the scope. */
    readonly subscribe: Effect.Effect<Subscription, never, Scope.Scope>
    /** Messages that subscribers missed since the start, in all. */
    readonly lagged: Effect.Effect<number>
  }
>() {
  /** `capacity`: messages that a subscriber may fall behind, at least 2. */
  static readonly layerMemory = (capacity: number) => Layer.scoped(EventBus, make(capacity))
  static readonly layer = Layer.scoped(
    EventBus,
    Effect.flatMap(Settings, ({ eventBusCapacity }) => make(eventBusCapacity))
  )
}
