import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { type BusPhase, phases } from "../../../src/domain/BusPhase.ts"
import { Sequence } from "../../../src/domain/StoredEvent.ts"
import * as Comparison from "../../../src/layers/eventBus/BusComparison.ts"
import * as DualTransport from "../../../src/layers/eventBus/DualTransport.ts"
import { EventBus, type Subscription } from "../../../src/layers/eventBus/EventBus.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import * as RemoteBus from "../../../src/layers/eventBus/RemoteBus.ts"
import type { Transport } from "../../../src/layers/eventBus/Transport.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"
import { append } from "../../support.ts"
import { eventBusContract } from "./eventBusContract.ts"

const origin = (from: string) => ({ log: "log", from })

/** A bus between two nodes: one end receives what the other publishes. */
const joined = (name: Transport["name"]) => {
  const ends = [new Set<(message: string) => void>(), new Set<(message: string) => void>()] as const
  const end = (mine: (typeof ends)[number], other: (typeof ends)[number]): Transport => ({
    name,
    maxBytes: 10_000,
    send: (_, message) => {
      for (const listener of other) listener(message)
    },
    subscribe: (listener) =>
      Effect.asVoid(
        Effect.acquireRelease(
          Effect.sync(() => mine.add(listener)),
          () => Effect.sync(() => mine.delete(listener))
        )
      ),
    silent: () => undefined
  })
  return { here: end(ends[0], ends[1]), there: end(ends[1], ends[0]) }
}

/** Two buses between a switching node and another node at the other ends of both. */
const make = Effect.gen(function* () {
  const [one, two] = [joined("postgres"), joined("nats")]
  let phase: BusPhase = "first"
  const dual = yield* DualTransport.make(one.here, two.here, () => phase, origin("here"))
  const bus = RemoteBus.make(dual.transport, origin("here"), 1024)
  const first = RemoteBus.make(one.there, origin("there"), 1024)
  const second = RemoteBus.make(two.there, origin("there"), 1024)
  const go = (to: BusPhase) =>
    Effect.sync(() => {
      phase = to
    })
  return { bus, compared: dual.compared, first, second, go }
})

/** Events of a log, for publishing. */
const stored = (count: number) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const events = yield* Effect.forEach(
      Array.from({ length: count }, (_, i) => i),
      (i) => store.append(append("a", i))
    )
    return events.flatMap((it) => it.events)
  }).pipe(
    Effect.provide(EventStoreBackend.layerMemory.pipe(Layer.provide([EventBusBackend.layerMemory(16), Ids.layer])))
  )

const taken = (subscription: Subscription) =>
  Effect.map(subscription.take, (all) => all.map((it) => (it._tag === "Published" ? it.event.sequence : it._tag)))

for (const phase of phases) {
  eventBusContract(`two buses, at "${phase}"`, (capacity) => {
    const bus = Layer.effect(
      EventBus,
      Effect.map(
        DualTransport.make(DualTransport.memoryTransport, joined("nats").here, () => phase, origin("here")),
        ({ transport }) => RemoteBus.make(transport, origin("here"), capacity)
      )
    )
    return EventStoreBackend.layerMemory.pipe(Layer.provideMerge(Layer.merge(bus, Ids.layer)))
  })
}

describe("two buses", () => {
  it.scoped("delivers what each phase reads and keeps subscriptions across phases", () =>
    Effect.gen(function* () {
      const { bus, first, go, second } = yield* make
      const events = yield* stored(8)
      const subscription = yield* bus.subscribe
      const told = Effect.fnUntraced(function* (phase: BusPhase, at: number) {
        yield* go(phase)
        yield* first.publish(events.slice(at, at + 1))
        yield* second.publish(events.slice(at + 1, at + 2))
        return yield* taken(subscription)
      })
      expect(yield* told("first", 0)).toEqual([1])
      expect(yield* told("both, read first", 2)).toEqual([3])
      expect(yield* told("both, read second", 4)).toEqual([6])
      expect(yield* told("second", 6)).toEqual([8])
    })
  )

  it.scoped("publishes to the buses of the phase", () =>
    Effect.gen(function* () {
      const { bus, first, go, second } = yield* make
      const events = yield* stored(4)
      const [onFirst, onSecond] = [yield* first.subscribe, yield* second.subscribe]
      for (const [index, phase] of phases.entries()) {
        yield* go(phase)
        yield* bus.publish(events.slice(index, index + 1))
      }
      expect(yield* taken(onFirst)).toEqual([1, 2, 3])
      expect(yield* taken(onSecond)).toEqual([2, 3, 4])
    })
  )

  it.scoped("limits messages to the smaller size of the current buses", () =>
    Effect.gen(function* () {
      let taken = 8000
      const narrow = {
        ...joined("nats").here,
        get maxBytes() {
          return taken
        }
      }
      const { transport } = yield* DualTransport.make(joined("postgres").here, narrow, () => "first", origin("here"))
      expect(transport.maxBytes).toBe(8000)
      taken = 500
      expect(transport.maxBytes).toBe(500)
    })
  )

  it.scoped("reports an unavailable bus only while the phase uses it", () =>
    Effect.gen(function* () {
      let phase: BusPhase = "first"
      const away = { ...joined("nats").here, silent: () => "it is away" }
      const { transport } = yield* DualTransport.make(DualTransport.memoryTransport, away, () => phase, origin("here"))
      expect(transport.silent()).toBe(undefined)
      phase = "both, read first"
      expect(transport.silent()).toBe("nats: it is away")
    })
  )
})

describe("comparison", () => {
  const at = (n: number) => Sequence.make(n)

  it("counts events that one bus delivers and the other does not within five seconds", () => {
    const comparison = Comparison.make()
    comparison.received("first", at(1), 0)
    comparison.received("second", at(1), 4000)
    comparison.received("first", at(2), 4000)
    comparison.received("second", at(3), 5000)
    expect(comparison.compared(8999)).toEqual({ both: 1, onlyFirst: 0, onlySecond: 0 })
    expect(comparison.compared(10_000)).toEqual({ both: 1, onlyFirst: 1, onlySecond: 1 })
  })

  it("tolerates a bus that has just stopped or not yet started", () => {
    const comparison = Comparison.make()
    comparison.received("first", at(1), 0)
    comparison.pause()
    expect(comparison.compared(60_000)).toEqual({ both: 0, onlyFirst: 0, onlySecond: 0 })
  })

  it.scoped("covers events from other nodes while both buses run, each once", () =>
    Effect.gen(function* () {
      const { bus, compared, first, go, second } = yield* make
      const events = yield* stored(3)
      yield* bus.subscribe
      yield* bus.subscribe
      yield* go("both, read first")
      // Other nodes reach the phase a moment later: what they published before does not count.
      yield* first.publish(events.slice(0, 1))
      yield* TestClock.adjust("3 seconds")
      yield* bus.publish(events.slice(0, 1))
      yield* first.publish(events.slice(1))
      yield* second.publish(events.slice(1, 2))
      expect(yield* compared).toEqual({ both: 1, onlyFirst: 0, onlySecond: 0 })
      yield* TestClock.adjust("5 seconds")
      expect(yield* compared).toEqual({ both: 1, onlyFirst: 1, onlySecond: 0 })
    })
  )

  it.scoped.each(steps)("is unaffected by the wall clock being set %s", ([, millis]) =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const { bus, compared, first, go } = yield* make
        const events = yield* stored(2)
        yield* bus.subscribe
        yield* go("both, read first")
        expect(yield* compared).toEqual({ both: 0, onlyFirst: 0, onlySecond: 0 })
        yield* step(millis)
        yield* TestClock.adjust("2999 millis")
        yield* first.publish(events.slice(0, 1))
        yield* TestClock.adjust("1 millis")
        yield* first.publish(events.slice(1))
        yield* step(-millis)
        yield* TestClock.adjust("4999 millis")
        expect(yield* compared).toEqual({ both: 0, onlyFirst: 0, onlySecond: 0 })
        yield* TestClock.adjust("1 millis")
        expect(yield* compared).toEqual({ both: 0, onlyFirst: 1, onlySecond: 0 })
      })
    )
  )
})
