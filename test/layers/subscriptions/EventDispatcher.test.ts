// Event order with several nodes; for the rest see Subscriptions.test.ts.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { LogId, Sequence, type StoredEvent } from "../../../src/domain/StoredEvent.ts"
import { EventBus } from "../../../src/layers/eventBus/EventBus.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import * as EventDispatcher from "../../../src/layers/subscriptions/EventDispatcher.ts"
import { append, event, inMemory } from "../../support.ts"

/** A log of ten unannounced events with other writers, and its number of reads. */
const shared = Effect.gen(function* () {
  const events = yield* Effect.map(
    Effect.flatMap(EventStore, (store) =>
      store.append(append("a", 0, { events: [event(), event(), event(), event(), event(), event(), event()] }))
    ),
    (stored) => stored.events
  ).pipe(Effect.provide(inMemory()))
  let head = 0
  let reads = 0
  const store = Layer.mock(EventStore, {
    logId: LogId.make("log"),
    isShared: true,
    head: Effect.sync(() => Sequence.make(head)),
    readPage: ({ after, upTo }) =>
      Effect.sync(() => {
        reads++
        return { events: events.slice(after, upTo), position: upTo }
      })
  })
  const context = yield* Layer.build(Layer.merge(store, EventBusBackend.layerMemory(64)))
  const bus = yield* Effect.provide(EventBus, context)
  const dispatcher = yield* Effect.provide(EventDispatcher.make, context)
  const heard: Array<number> = []
  yield* dispatcher.listen((some) => {
    heard.push(...some.map(({ sequence }) => sequence))
  })
  const steps = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow(), { discard: true })
  // It starts by reading the log and polls again after a quarter of a second.
  yield* steps
  /** Lets the bus deliver events of the log, by sequence. */
  const say = (...sequences: ReadonlyArray<number>) =>
    Effect.gen(function* () {
      const said = sequences.flatMap((sequence): ReadonlyArray<StoredEvent> => events.slice(sequence - 1, sequence))
      head = Math.max(head, ...sequences)
      yield* bus.publish(said)
      yield* steps
    })
  return { say, heard, reads: () => reads }
})

describe("EventDispatcher with several nodes", () => {
  it.scoped("holds an event behind a gap until the missing one arrives, without reading the log", () =>
    Effect.gen(function* () {
      const { heard, reads, say } = yield* shared
      yield* say(1)
      yield* say(3)
      expect(heard).toEqual([1])
      yield* say(2)
      expect(heard).toEqual([1, 2, 3])
      yield* say(6, 5)
      yield* say(4)
      expect(heard).toEqual([1, 2, 3, 4, 5, 6])
      expect(reads()).toBe(0)
    })
  )

  it.scoped("reads missing events from the log after some milliseconds, each once", () =>
    Effect.gen(function* () {
      const { heard, reads, say } = yield* shared
      yield* say(1, 3, 5)
      yield* TestClock.adjust("14 millis")
      expect(heard).toEqual([1])
      yield* TestClock.adjust("1 millis")
      expect(heard).toEqual([1, 2, 3, 4, 5])
      expect(reads()).toBe(1)
      yield* say(2, 4, 6)
      expect(heard).toEqual([1, 2, 3, 4, 5, 6])
    })
  )

  it.scoped("ignores a gap that is filled in time", () =>
    Effect.gen(function* () {
      const { heard, reads, say } = yield* shared
      yield* say(2)
      yield* TestClock.adjust("10 millis")
      yield* say(1, 4)
      yield* TestClock.adjust("10 millis")
      yield* say(3)
      expect(heard).toEqual([1, 2, 3, 4])
      yield* TestClock.adjust("100 millis")
      expect(reads()).toBe(0)
    })
  )
})
