// The process-wide subscription to the bus: fills every gap from the log and dispatches events in
// order to all listeners.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { Sequence, StoredEvent, StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { type BusMessage, EventBus } from "../eventBus/EventBus.ts"
import { EventStore } from "../eventStore/EventStore.ts"

/** Called with at least one event, in order and without gaps. Must be short: dispatching waits. */
export type EventsListener = (events: ReadonlyArray<StoredEvent>) => void

/** Poll of the log for events that the bus did not announce: of other processes, or lost. */
const pollInterval = "250 millis"

/** Time for other nodes' events to fill a gap before the log is read. */
const gapTimeout = "15 millis"

/** Events buffered behind a gap at most. */
const maxBuffered = 1024

/** Dispatches each event stored from now on once, in order. */
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
      // A throwing listener must not affect the others.
      const heard = Either.try(() => listener(events))
      if (Either.isLeft(heard)) faults.push(heard.left)
    }
  }

  /** Events received ahead of a gap. */
  const buffered = new Map<number, StoredEvent>()
  const gaps = Doorbell.make(() => buffered.size > 0)

  /** Dispatches these events and the buffered ones that follow without a gap. */
  const dispatchContiguous = (events: Array<StoredEvent>) => {
    let last: Sequence = events.at(-1)?.sequence ?? position
    for (let event = buffered.get(last + 1); event !== undefined; event = buffered.get(last + 1)) {
      events.push(event)
      last = event.sequence
    }
    dispatch(events, last)
    for (const sequence of buffered.keys()) if (sequence <= last) buffered.delete(sequence)
  }

  /** Catches up from the log. */
  const catchUp = Effect.gen(function* () {
    const before = [...buffered.keys()]
    const upTo = yield* store.head
    if (upTo < position) {
      // Most likely a standby took over without these events. New events with the same sequences
      // must be dispatched.
      yield* Effect.logError(
        `The log ends at event ${upTo}, but event ${position} was already received: the log has lost events`
      )
      position = upTo
    }
    while (position < upTo) {
      const page = yield* store.readPage({ after: position, upTo })
      dispatch(page.events, page.position)
      yield* yieldToEventLoop
    }
    // Drops buffered events that the log doesn't contain: they were never stored.
    for (const sequence of before) if (sequence > upTo) buffered.delete(sequence)
    if (buffered.size > 0) dispatchContiguous([])
  })

  /** Dispatches contiguous bus messages; gaps are filled from the log. */
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
    return Effect.forEach(
      faults.splice(0),
      (fault) => Effect.logError("A listener of the subscription failed", fault),
      {
        discard: true
      }
    )
  })
  const exclusively = (work: Effect.Effect<void, StoreUnavailable>) =>
    oneAtATime
      .withPermits(1)(Effect.zipRight(work, reportFaults))
      // Shared by all listeners: no failure may end it.
      .pipe(
        Effect.catchAllCause((cause) => {
          // Retried four times a second: one warning per outage.
          const isNews = !isFailing
          isFailing = true
          return isNews ? Effect.logWarning("Reading new events failed and will be retried", cause) : Effect.void
        })
      )

  /**
   * With several nodes, events in a gap are usually still in flight; the log is read only after the
   * timeout.
   */
  const fillGaps = Effect.gen(function* () {
    yield* gaps.wait
    const before = position
    yield* Effect.sleep(gapTimeout)
    if (buffered.size > 0 && position === before) {
      yield* exclusively(catchUp)
      // An unavailable log is polled no faster than normally.
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
