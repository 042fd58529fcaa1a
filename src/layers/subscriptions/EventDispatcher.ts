// Hears the bus for the whole process, fills every hole from the log, and hands on what is next, in order, to all listeners.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { Sequence, StoredEvent, StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { type BusMessage, EventBus } from "../eventBus/EventBus.ts"
import { EventStore } from "../eventStore/EventStore.ts"

/** Events in order and without a hole, at least one; called while the dispatcher waits, so it must be short. */
export type EventsListener = (events: ReadonlyArray<StoredEvent>) => void

/** How often the log is looked at for what no bus told: events of another process, lost messages. */
const pollInterval = "250 millis"

/** How long a hole may stay that other nodes' events are expected in. */
const gapTimeout = "15 millis"

/** Events that are kept from behind a hole at most. */
const maxBuffered = 1024

/** Hands on each event that is stored from now on once, in order, to all listeners. */
export const make = Effect.gen(function* () {
  const store = yield* EventStore
  const bus = yield* EventBus
  const listeners = new Set<EventsListener>()
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
  const buffered = new Map<number, StoredEvent>()
  const gaps = Doorbell.make(() => buffered.size > 0)

  /** Hands on these events and whatever of `ahead` joins on to them. */
  const dispatchContiguous = (events: Array<StoredEvent>) => {
    let last: Sequence = events.at(-1)?.sequence ?? position
    for (let event = buffered.get(last + 1); event !== undefined; event = buffered.get(last + 1)) {
      events.push(event)
      last = event.sequence
    }
    dispatch(events, last)
    for (const sequence of buffered.keys()) if (sequence <= last) buffered.delete(sequence)
  }

  /** Reads what the log has beyond the position. */
  const catchUp = Effect.gen(function* () {
    const before = [...buffered.keys()]
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
      yield* yieldToEventLoop
    }
    // What was heard of before the log was asked, and isn't in it, nobody has stored.
    for (const sequence of before) if (sequence > upTo) buffered.delete(sequence)
    if (buffered.size > 0) dispatchContiguous([])
  })

  /** What the bus brings, as far as it joins on to the position; the log has what lies in a hole. */
  const receive = (messages: ReadonlyArray<BusMessage>) =>
    Effect.suspend(() => {
      const joined: Array<StoredEvent> = []
      let next = position + 1
      let isIncomplete = false
      for (const message of messages) {
        if (message._tag !== "Published") isIncomplete = true
        else if (message.event.sequence === next) {
          joined.push(message.event)
          next++
        } else if (message.event.sequence > next) buffered.set(message.event.sequence, message.event)
      }
      if (joined.length > 0) dispatchContiguous(joined)
      if (buffered.size === 0 && !isIncomplete) return Effect.void
      if (store.isShared && !isIncomplete && buffered.size < maxBuffered) return Effect.sync(gaps.ring)
      return catchUp
    })

  let isFailing = false
  const reportFaults = Effect.suspend(() => {
    isFailing = false
    if (faults.length === 0) return Effect.void
    return Effect.forEach(faults.splice(0), (fault) => Effect.logError("A listener of the feed failed", fault), {
      discard: true
    })
  })
  const exclusively = (work: Effect.Effect<void, StoreUnavailable>) =>
    oneAtATime
      .withPermits(1)(Effect.zipRight(work, reportFaults))
      // The dispatcher is everybody's: it goes on whatever happens to a read, or in a listener.
      .pipe(
        Effect.catchAllCause((cause) => {
          // It looks again four times a second: once is enough to be told.
          const isNews = !isFailing
          isFailing = true
          return isNews ? Effect.logWarning("The feed stumbled; it looks again", cause) : Effect.void
        })
      )

  /** Of several nodes one is faster than the other: what lies in a hole is most often on its way. The log is for what doesn't come. */
  const fillGaps = Effect.gen(function* () {
    yield* gaps.wait
    const before = position
    yield* Effect.sleep(gapTimeout)
    if (buffered.size > 0 && position === before) {
      yield* exclusively(catchUp)
      // A log that can't be read now is not asked any sooner than by everybody else.
      if (position === before) yield* Effect.sleep(pollInterval)
    }
  })
  if (store.isShared) yield* Effect.forkScoped(Effect.forever(fillGaps))
  yield* Effect.flatMap(subscription.take, (messages) => exclusively(receive(messages))).pipe(
    Effect.forever,
    Effect.forkScoped
  )
  yield* exclusively(catchUp).pipe(Effect.repeat(Schedule.spaced(pollInterval)), Effect.forkScoped)

  const listen = (listener: EventsListener) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        listeners.add(listener)
        return position
      }),
      () => Effect.sync(() => listeners.delete(listener))
    )
  return { listen, position: () => position, listeners: () => listeners.size }
})

export type EventDispatcher = Effect.Effect.Success<typeof make>
