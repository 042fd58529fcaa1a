import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import * as fc from "fast-check"
import { Sequence, type StoredEvent } from "../../../src/domain/StoredEvent.ts"
import { EventBus } from "../../../src/layers/eventBus/EventBus.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { append, event, inMemory } from "../../support.ts"

const start = Sequence.make(0)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

type Fault = "deliver" | "drop" | "double" | "delay"

/** A bus as unreliable as a network: messages are lost, repeated, delayed and reordered. */
const faulty = (faults: ReadonlyArray<Fault>) =>
  Layer.effect(
    EventBus,
    Effect.map(EventBus, (bus) => {
      let index = 0
      let late: ReadonlyArray<StoredEvent> = []
      return {
        ...bus,
        publish: (events: ReadonlyArray<StoredEvent>) => {
          const fault = faults[index++ % faults.length]
          const before = late
          late = fault === "delay" ? events : []
          if (fault === "drop" || fault === "delay") return bus.publish(before)
          return bus.publish([...events, ...(fault === "double" ? events : []), ...before])
        }
      }
    })
  ).pipe(Layer.provide(EventBusBackend.layerMemory(4)))

const withFaults = (faults: ReadonlyArray<Fault>) => {
  const bus = faulty(faults)
  return Subscriptions.layer.pipe(Layer.provideMerge(inMemory().pipe(Layer.provideMerge(bus))), Layer.provideMerge(bus))
}

const healthy = Subscriptions.layer.pipe(Layer.provideMerge(inMemory()))

const taken = (fiber: Fiber.Fiber<Chunk.Chunk<StoredEvent>, unknown>) =>
  Effect.map(Fiber.join(fiber), (events) => Chunk.toArray(events).map((it) => it.sequence))

describe("Subscriptions.subscribe", () => {
  it.scoped("catches up from the store and then goes live", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const feed = yield* Subscriptions
      yield* store.append(append("a", 0, { events: [event(), event(), event()] }))
      const fiber = yield* feed
        .subscribe({ after: Sequence.make(1) })
        .pipe(Stream.take(4), Stream.runCollect, Effect.fork)
      yield* store.append(append("a", 3, { events: [event(), event()] }))
      expect(yield* taken(fiber)).toEqual([2, 3, 4, 5])
    }).pipe(Effect.provide(healthy))
  )

  it.scoped("starts at the head without a cursor and emits only matching events", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const feed = yield* Subscriptions
      yield* store.append(append("a", 0))
      const fiber = yield* feed
        .subscribe({ filter: { aggregateId: "b" } })
        .pipe(Stream.take(2), Stream.runCollect, Effect.fork)
      // It is live once it has read the head, after some steps of its fiber.
      yield* Effect.forEach(range(1, 50), () => Effect.yieldNow(), { discard: true })
      yield* store.append(append("a", 1))
      yield* store.append(append("b", 0, { events: [event(), event()] }))
      expect(yield* taken(fiber)).toEqual([3, 4])
    }).pipe(Effect.provide(healthy))
  )

  it.scoped("polls the log when the bus is silent", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const feed = yield* Subscriptions
      const fiber = yield* feed.subscribe({ after: start }).pipe(Stream.take(2), Stream.runCollect, Effect.fork)
      yield* Effect.yieldNow()
      yield* store.append(append("a", 0, { events: [event(), event()] }))
      yield* TestClock.adjust("1 second")
      expect(yield* taken(fiber)).toEqual([1, 2])
    }).pipe(Effect.provide(withFaults(["drop"])))
  )

  it.effect("law: emits each event once and in order, whatever the bus loses, repeats or delays", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom<Fault>("deliver", "drop", "double", "delay"), { minLength: 1, maxLength: 12 }),
          fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 5 })), {
            minLength: 1,
            maxLength: 20
          }),
          fc.integer({ min: 0, max: 4 }),
          async (faults, appends, slowness) => {
            const total = appends.reduce((sum, [count]) => sum + count, 0)
            const program = Effect.gen(function* () {
              const store = yield* EventStore
              const feed = yield* Subscriptions
              const slowly = Effect.forEach(range(1, slowness), () => Effect.yieldNow(), { discard: true })
              const fiber = yield* feed.subscribe({ after: start }).pipe(
                Stream.tap(() => slowly),
                Stream.take(total),
                Stream.runCollect,
                Effect.fork
              )
              let version = 0
              for (const [count, pause] of appends) {
                yield* store.append(append("a", version, { events: [event(), ...range(2, count).map(() => event())] }))
                version += count
                yield* Effect.forEach(range(1, pause), () => Effect.yieldNow(), { discard: true })
              }
              // At most three seconds, in which the log is read twelve times.
              for (let i = 0; i < 12 && (yield* Fiber.poll(fiber))._tag === "None"; i++)
                yield* TestClock.adjust("250 millis")
              expect(yield* taken(fiber)).toEqual(range(1, total))
            })
            await Effect.runPromise(
              program.pipe(Effect.provide(withFaults(faults)), Effect.provide(TestContext.TestContext))
            )
          }
        ),
        { numRuns: 100 }
      )
    )
  )
})
