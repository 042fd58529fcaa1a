// The one way to consume events: the log is authoritative, the bus only announces new events. One
// dispatcher per process (EventDispatcher.ts) serves live events; lagging subscriptions read the
// log.
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type EventFilter,
  matches,
  type Sequence,
  type StoredEvent,
  type StoreUnavailable
} from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import * as EventDispatcher from "./EventDispatcher.ts"

export interface SubscribeOptions {
  /** Starts after this sequence; undefined: with the next stored event. */
  readonly after?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** Events queued per subscription; beyond, it reads the log instead. */
const backlog = 1024

/** A subscription's pages: from the log during catch-up, then live from the dispatcher. */
const makeSubscription = Effect.fnUntraced(function* (
  dispatcher: EventDispatcher.EventDispatcher,
  readPage: Context.Tag.Service<typeof EventStore>["readPage"],
  { after, filter = {} }: SubscribeOptions
) {
  let waiting: Array<StoredEvent> = []
  let isLagging = false
  let hasCaughtUp = false
  const doorbell = Doorbell.make(() => waiting.length > 0 || isLagging)

  const subscribedAt = yield* dispatcher.listen((events) => {
    const wanted = events.filter((event) => matches(filter, event))
    if (isLagging || wanted.length === 0) return
    isLagging = waiting.length + wanted.length > backlog
    waiting = isLagging ? [] : waiting.concat(wanted)
    doorbell.ring()
  })
  /** Later events are in `waiting`, unless lagging; earlier ones are in the log. */
  let live = subscribedAt
  let position = after ?? subscribedAt

  const next: Effect.Effect<ReadonlyArray<StoredEvent>, StoreUnavailable> = Effect.suspend(() => {
    if (position < live) {
      return Effect.zipLeft(
        Effect.map(readPage({ after: position, upTo: live, filter }), (page) => {
          position = page.position
          return page.events
        }),
        yieldToEventLoop
      )
    }
    hasCaughtUp = true
    if (isLagging) {
      isLagging = false
      live = dispatcher.position()
      return next
    }
    if (waiting.length === 0) return Effect.zipRight(doorbell.wait, next)
    const events = waiting.filter((event) => event.sequence > position)
    waiting = []
    position = live = events.at(-1)?.sequence ?? position
    return Effect.succeed(events)
  })
  /** Lag in events; 0 during the initial catch-up. */
  const lag = () =>
    !hasCaughtUp ? 0 : isLagging || position < live ? dispatcher.position() - position : waiting.length
  return { next, lag }
})

export class Subscriptions extends Context.Tag("evenstar/Subscriptions")<
  Subscriptions,
  {
    /**
     * Each matching event once, in order, despite loss, duplicates and reordering on the bus. Never
     * ends.
     */
    readonly subscribe: (options: SubscribeOptions) => Stream.Stream<StoredEvent, StoreUnavailable>
    /**
     * Calls back with all events after the returned sequence, synchronously and in order, until the
     * scope closes.
     */
    readonly listen: (listener: EventDispatcher.EventsListener) => Effect.Effect<Sequence, never, Scope.Scope>
    /** Lag of the slowest subscriber, in events. */
    readonly lag: Effect.Effect<number, StoreUnavailable>
    /** Number of subscriptions and listeners. */
    readonly subscribers: Effect.Effect<number>
  }
>() {
  static readonly layer = Layer.scoped(
    Subscriptions,
    Effect.gen(function* () {
      const { head, readPage } = yield* EventStore
      const lags = new Set<() => number>()
      const dispatcher = yield* EventDispatcher.make
      return {
        subscribe: (options) =>
          Stream.unwrapScoped(
            Effect.gen(function* () {
              const { lag, next } = yield* makeSubscription(dispatcher, readPage, options)
              yield* Effect.acquireRelease(
                Effect.sync(() => lags.add(lag)),
                () => Effect.sync(() => lags.delete(lag))
              )
              return Stream.repeatEffectChunk(Effect.map(next, Chunk.unsafeFromArray))
            })
          ),
        listen: dispatcher.listen,
        lag: Effect.map(head, (last) => Math.max(last - dispatcher.position(), ...[...lags].map((lag) => lag()))),
        subscribers: Effect.sync(dispatcher.listeners)
      }
    })
  )
}
