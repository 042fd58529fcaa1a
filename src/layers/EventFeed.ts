// The one way to consume events: the log is the truth, the bus only the doorbell that makes it fast.
// Each follower gets every matching event once, in order, whatever the bus loses, doubles or reorders.
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import {
  type EventFilter,
  matches,
  type Sequence,
  type StoredEvent,
  type StoreUnavailable
} from "../domain/StoredEvent.ts"
import { EventBus } from "./EventBus.ts"
import { EventStore } from "./EventStore.ts"

export interface Follow {
  /** Begin after this sequence; without it with what is stored from now on. */
  readonly after?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** How long a follower trusts a silent bus before it looks into the log itself. */
const silence = "500 millis"

export class EventFeed extends Context.Tag("evenstar/EventFeed")<
  EventFeed,
  {
    /** Never ends by itself. Its subscription is live once the stream's scope is opened. */
    readonly follow: (options: Follow) => Stream.Stream<StoredEvent, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    EventFeed,
    Effect.gen(function* () {
      const store = yield* EventStore
      const bus = yield* EventBus

      const follow = ({ after, filter = {} }: Follow) =>
        Stream.unwrapScoped(
          Effect.gen(function* () {
            // Subscribe first: what is stored while the log is read waits in the subscription.
            const subscription = yield* bus.subscribe
            let position = after ?? (yield* store.head)

            /** All that the log has beyond the position, up to its head at this moment. */
            const fromLog = Stream.unwrap(
              Effect.map(store.head, (head) =>
                head <= position
                  ? Stream.empty
                  : Stream.concat(
                      store.readAll({ after: position, upTo: head, filter }),
                      Stream.sync(() => {
                        position = head
                      }).pipe(Stream.drain)
                    )
              )
            )

            /** What the bus brings, as far as it joins on to the position without a hole. */
            const fromBus = Stream.unwrap(
              Effect.map(Effect.timeoutOption(subscription.take, silence), (messages) => {
                if (messages._tag === "None") return fromLog
                const events: Array<StoredEvent> = []
                for (const message of messages.value) {
                  if (message._tag === "Lagged") continue
                  const { event } = message
                  if (event.sequence <= position) continue
                  if (event.sequence !== position + 1) return Stream.concat(Stream.fromIterable(events), fromLog)
                  position = event.sequence
                  if (matches(filter, event)) events.push(event)
                }
                return Stream.fromChunk(Chunk.unsafeFromArray(events))
              })
            )
            return Stream.concat(fromLog, Stream.forever(fromBus))
          })
        )
      return { follow }
    })
  )
}
