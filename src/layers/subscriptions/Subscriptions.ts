// The one way to consume events: the log is the truth, the bus only the doorbell that makes it fast.
// One pump for the whole process (EventPump.ts) hands on what is next; who is further behind reads the log.
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
import { nextTurn } from "../../lib/eventLoop.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import * as EventPump from "./EventPump.ts"

export interface Follow {
  /** Begin after this sequence; without it with what is stored from now on. */
  readonly after?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** Events that wait for a follower; one that falls further behind reads them from the log instead. */
const backlog = 1024

/** The pages of one follower: from the log as long as it is behind, then what the pump hands on. */
const makeFollower = Effect.fnUntraced(function* (
  pump: EventPump.EventPump,
  readPage: Context.Tag.Service<typeof EventStore>["readPage"],
  { after, filter = {} }: Follow
) {
  let waiting: Array<StoredEvent> = []
  let fellBehind = false
  let isLevel = false
  const doorbell = Doorbell.make(() => waiting.length > 0 || fellBehind)

  const joinedAt = yield* pump.listen((events) => {
    const wanted = events.filter((event) => matches(filter, event))
    if (fellBehind || wanted.length === 0) return
    fellBehind = waiting.length + wanted.length > backlog
    waiting = fellBehind ? [] : waiting.concat(wanted)
    doorbell.ring()
  })
  /** What comes after it is in `waiting`, unless we fell behind; what comes before it is in the log. */
  let live = joinedAt
  let position = after ?? joinedAt

  const next: Effect.Effect<ReadonlyArray<StoredEvent>, StoreUnavailable> = Effect.suspend(() => {
    if (position < live) {
      return Effect.zipLeft(
        Effect.map(readPage({ after: position, upTo: live, filter }), (page) => {
          position = page.position
          return page.events
        }),
        nextTurn
      )
    }
    isLevel = true
    if (fellBehind) {
      fellBehind = false
      live = pump.position()
      return next
    }
    if (waiting.length === 0) return Effect.zipRight(doorbell.wait, next)
    const events = waiting.filter((event) => event.sequence > position)
    waiting = []
    position = live = events.at(-1)?.sequence ?? position
    return Effect.succeed(events)
  })
  /** Events that are still to come; while it begins with what is long past it is no laggard. */
  const lag = () => (!isLevel ? 0 : fellBehind || position < live ? pump.position() - position : waiting.length)
  return { next, lag }
})

export class Subscriptions extends Context.Tag("evenstar/Subscriptions")<
  Subscriptions,
  {
    /** Every matching event once, in order, whatever the bus loses, doubles or reorders. Never ends by itself. */
    readonly follow: (options: Follow) => Stream.Stream<StoredEvent, StoreUnavailable>
    /** Calls back with all events after the returned sequence, at once and in order, until the scope closes. */
    readonly listen: (listener: EventPump.Listener) => Effect.Effect<Sequence, never, Scope.Scope>
    /** Events that the one who is furthest behind has still to get. */
    readonly lag: Effect.Effect<number, StoreUnavailable>
    /** Followers and listeners. */
    readonly subscribers: Effect.Effect<number>
  }
>() {
  static readonly layer = Layer.scoped(
    Subscriptions,
    Effect.gen(function* () {
      const { head, readPage } = yield* EventStore
      const followers = new Set<() => number>()
      const pump = yield* EventPump.make
      return {
        follow: (options) =>
          Stream.unwrapScoped(
            Effect.gen(function* () {
              const { lag, next } = yield* makeFollower(pump, readPage, options)
              yield* Effect.acquireRelease(
                Effect.sync(() => followers.add(lag)),
                () => Effect.sync(() => followers.delete(lag))
              )
              return Stream.repeatEffectChunk(Effect.map(next, Chunk.unsafeFromArray))
            })
          ),
        listen: pump.listen,
        lag: Effect.map(head, (last) => Math.max(last - pump.position(), ...[...followers].map((lag) => lag()))),
        subscribers: Effect.sync(pump.listeners)
      }
    })
  )
}
