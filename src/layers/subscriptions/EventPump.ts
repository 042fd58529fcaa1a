// Hears the bus for the whole process, fills every hole from the log, and hands on what is next, in order, to all listeners.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { Sequence, StoredEvent, StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { nextTurn } from "../../lib/eventLoop.ts"
import { type BusMessage, EventBus } from "../eventBus/EventBus.ts"
import { EventStore } from "../eventStore/EventStore.ts"

/** Events in order and without a hole, at least one; called while the pump waits, so it must be short. */
export type Listener = (events: ReadonlyArray<StoredEvent>) => void

/** How often the log is looked at for what no bus told: events of another process, lost messages. */
const look = "250 millis"

/** How long a hole may stay that other nodes' events are expected in. */
const grace = "15 millis"

/** Events that are kept from behind a hole at most. */
const farAhead = 1024

/** Hands on each event that is stored from now on once, in order, to all listeners. */
export const make = Effect.gen(function* () {
  const store = yield* EventStore
  const bus = yield* EventBus
  const listeners = new Set<Listener>()
  const subscription = yield* bus.subscribe
  const oneAtATime = yield* Effect.makeSemaphore(1)
  const faults: Array<unknown> = []
  let position = yield* Effect.orDie(store.head)

  const dispatch = (events: ReadonlyArray<StoredEvent>, upTo: Sequence) => {
    position = upTo
    if (events.length === 0) return
    for (const listener of listeners) {
      // One that throws must not cost the others their events.
      const heard = Either.try(() => listener(events))
      if (Either.isLeft(heard)) faults.push(heard.left)
    }
  }

  /** What the bus brought from behind a hole. */
  const ahead = new Map<number, StoredEvent>()
  const holes = Doorbell.make(() => ahead.size > 0)

  /** Hands on these events and whatever of `ahead` joins on to them. */
  const join = (events: Array<StoredEvent>) => {
    let last: Sequence = events.at(-1)?.sequence ?? position
    for (let event = ahead.get(last + 1); event !== undefined; event = ahead.get(last + 1)) {
      events.push(event)
      last = event.sequence
    }
    dispatch(events, last)
    for (const sequence of ahead.keys()) if (sequence <= last) ahead.delete(sequence)
  }

  /** Reads what the log has beyond the position. */
  const heal = Effect.gen(function* () {
    const before = [...ahead.keys()]
    const upTo = yield* store.head
    if (upTo < position) {
      // A standby that took over without it, most likely. What comes from now on is not to be taken for known.
      yield* Effect.logError(
        `The log ends with event ${upTo}, and ${position} was heard of: it has lost what lies between`
      )
      position = upTo
    }
    while (position < upTo) {
      const page = yield* store.readPage({ after: position, upTo })
      dispatch(page.events, page.position)
      yield* nextTurn
    }
    // What was heard of before the log was asked, and isn't in it, nobody has stored.
    for (const sequence of before) if (sequence > upTo) ahead.delete(sequence)
    if (ahead.size > 0) join([])
  })

  /** What the bus brings, as far as it joins on to the position; the log has what lies in a hole. */
  const hear = (messages: ReadonlyArray<BusMessage>) =>
    Effect.suspend(() => {
      const joined: Array<StoredEvent> = []
      let next = position + 1
      let isIncomplete = false
      for (const message of messages) {
        if (message._tag !== "Published") isIncomplete = true
        else if (message.event.sequence === next) {
          joined.push(message.event)
          next++
        } else if (message.event.sequence > next) ahead.set(message.event.sequence, message.event)
      }
      if (joined.length > 0) join(joined)
      if (ahead.size === 0 && !isIncomplete) return Effect.void
      if (store.isShared && !isIncomplete && ahead.size < farAhead) return Effect.sync(holes.ring)
      return heal
    })

  let stumbled = false
  const done = Effect.suspend(() => {
    stumbled = false
    if (faults.length === 0) return Effect.void
    return Effect.forEach(faults.splice(0), (fault) => Effect.logError("A listener of the feed failed", fault), {
      discard: true
    })
  })
  const alone = (work: Effect.Effect<void, StoreUnavailable>) =>
    oneAtATime
      .withPermits(1)(Effect.zipRight(work, done))
      // The pump is everybody's: it goes on whatever happens to a read, or in a listener.
      .pipe(
        Effect.catchAllCause((cause) => {
          // It looks again four times a second: once is enough to be told.
          const isNews = !stumbled
          stumbled = true
          return isNews ? Effect.logWarning("The feed stumbled; it looks again", cause) : Effect.void
        })
      )

  /** Of several nodes one is faster than the other: what lies in a hole is most often on its way. The log is for what doesn't come. */
  const fillHoles = Effect.gen(function* () {
    yield* holes.wait
    const before = position
    yield* Effect.sleep(grace)
    if (ahead.size > 0 && position === before) {
      yield* alone(heal)
      // A log that can't be read now is not asked any sooner than by everybody else.
      if (position === before) yield* Effect.sleep(look)
    }
  })
  if (store.isShared) yield* Effect.forkScoped(Effect.forever(fillHoles))
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

export type EventPump = Effect.Effect.Success<typeof make>
