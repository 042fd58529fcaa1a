// The one way to consume events: the log is the truth, the bus only the doorbell that makes it fast.
// One pump for the whole process hears the bus, fills every hole from the log, and hands on what is next, in order.
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type EventFilter,
  matches,
  type Sequence,
  type StoredEvent,
  type StoreUnavailable
} from "../domain/StoredEvent.ts"
import { type BusMessage, EventBus } from "./EventBus.ts"
import { EventStore } from "./EventStore.ts"
import { nextTurn } from "./eventLoop.ts"

export interface Follow {
  /** Begin after this sequence; without it with what is stored from now on. */
  readonly after?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** Events in order and without a hole, at least one; called while the pump waits, so it must be short. */
export type Listener = (events: ReadonlyArray<StoredEvent>) => void

/** How often the log is looked at for what no bus told: events of another process, lost messages. */
const look = "250 millis"

/** Events that wait for a follower; one that falls further behind reads them from the log instead. */
const backlog = 1024

/** Hands on each event that is stored from now on once, in order, to all listeners. */
const makePump = Effect.gen(function* () {
  const store = yield* EventStore
  const bus = yield* EventBus
  const listeners = new Set<Listener>()
  const subscription = yield* bus.subscribe
  const oneAtATime = yield* Effect.makeSemaphore(1)
  const faults: Array<unknown> = []
  let position = yield* Effect.orDie(store.head)

  const handOn = (events: ReadonlyArray<StoredEvent>, upTo: Sequence) => {
    position = upTo
    if (events.length === 0) return
    for (const listener of listeners) {
      // One that throws must not cost the others their events.
      const heard = Either.try(() => listener(events))
      if (Either.isLeft(heard)) faults.push(heard.left)
    }
  }

  /** Reads what the log has beyond the position. */
  const heal = Effect.gen(function* () {
    const upTo = yield* store.head
    while (position < upTo) {
      const page = yield* store.readPage({ after: position, upTo })
      handOn(page.events, page.position)
      yield* nextTurn
    }
  })

  /** What the bus brings, as far as it joins on to the position; the log has what lies in a hole. */
  const hear = (messages: ReadonlyArray<BusMessage>) =>
    Effect.suspend(() => {
      const joined: Array<StoredEvent> = []
      let next = position + 1
      for (const message of messages) {
        if (message._tag === "Published" && message.event.sequence < next) continue
        if (message._tag !== "Published" || message.event.sequence > next) {
          handOn(joined, joined.at(-1)?.sequence ?? position)
          return heal
        }
        joined.push(message.event)
        next++
      }
      handOn(joined, joined.at(-1)?.sequence ?? position)
      return Effect.void
    })

  const tellFaults = Effect.suspend(() =>
    Effect.forEach(faults.splice(0), (fault) => Effect.logError("A listener of the feed failed", fault), {
      discard: true
    })
  )
  const alone = (work: Effect.Effect<void, StoreUnavailable>) =>
    oneAtATime
      .withPermits(1)(Effect.zipRight(work, tellFaults))
      // The pump is everybody's: it goes on whatever happens to a read, or in a listener.
      .pipe(Effect.catchAllCause((cause) => Effect.logWarning("The feed stumbled; it looks again", cause)))

  yield* Effect.flatMap(subscription.take, (messages) => alone(hear(messages))).pipe(Effect.forever, Effect.forkScoped)
  yield* alone(heal).pipe(Effect.repeat(Schedule.spaced(look)), Effect.forkScoped)

  const listen = (listener: Listener) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        listeners.add(listener)
        return position
      }),
      () => Effect.sync(() => listeners.delete(listener))
    )
  return { listen, position: () => position, listeners: () => listeners.size }
})

/** The pages of one follower: from the log as long as it is behind, then what the pump hands on. */
const makeFollower = Effect.fnUntraced(function* (
  pump: Effect.Effect.Success<typeof makePump>,
  readPage: Context.Tag.Service<typeof EventStore>["readPage"],
  { after, filter = {} }: Follow
) {
  let waiting: Array<StoredEvent> = []
  let fellBehind = false
  let wake: (() => void) | undefined

  const joinedAt = yield* pump.listen((events) => {
    const wanted = events.filter((event) => matches(filter, event))
    if (fellBehind || wanted.length === 0) return
    fellBehind = waiting.length + wanted.length > backlog
    waiting = fellBehind ? [] : waiting.concat(wanted)
    wake?.()
  })
  /** What comes after it is in `waiting`, unless we fell behind; what comes before it is in the log. */
  let live = joinedAt
  let position = after ?? joinedAt

  const rung = Effect.async<void>((resume) => {
    if (waiting.length > 0 || fellBehind) return resume(Effect.void)
    wake = () => resume(Effect.void)
  })
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
    if (fellBehind) {
      fellBehind = false
      live = pump.position()
      return next
    }
    if (waiting.length === 0) return Effect.zipRight(rung, next)
    const events = waiting.filter((event) => event.sequence > position)
    waiting = []
    position = live = events.at(-1)?.sequence ?? position
    return Effect.succeed(events)
  })
  return next
})

export class EventFeed extends Context.Tag("evenstar/EventFeed")<
  EventFeed,
  {
    /** Every matching event once, in order, whatever the bus loses, doubles or reorders. Never ends by itself. */
    readonly follow: (options: Follow) => Stream.Stream<StoredEvent, StoreUnavailable>
    /** Calls back with all events after the returned sequence, at once and in order, until the scope closes. */
    readonly listen: (listener: Listener) => Effect.Effect<Sequence, never, Scope.Scope>
    /** Followers and listeners. */
    readonly subscribers: Effect.Effect<number>
  }
>() {
  static readonly layer = Layer.scoped(
    EventFeed,
    Effect.gen(function* () {
      const { readPage } = yield* EventStore
      const pump = yield* makePump
      return {
        follow: (options) =>
          Stream.unwrapScoped(
            Effect.map(makeFollower(pump, readPage, options), (next) =>
              Stream.repeatEffectChunk(Effect.map(next, Chunk.unsafeFromArray))
            )
          ),
        listen: pump.listen,
        subscribers: Effect.sync(pump.listeners)
      }
    })
  )
}
