// The contract of every bus. remoteBusContract.ts adds that of buses between machines.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { EventBus } from "../../../src/layers/eventBus/EventBus.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { append } from "../../support.ts"

/** `layer` makes a bus that buffers `capacity` messages for each subscriber. */
export const eventBusContract = (
  name: string,
  layer: (capacity: number) => Layer.Layer<EventBus | EventStore, unknown>
) =>
  describe(name, () => {
    const publish = (count: number) =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const head = yield* store.head
        for (let i = 0; i < count; i++) yield* store.append(append("a", head + i))
      })
    const sequences = (messages: ReadonlyArray<{ _tag: string }>) =>
      messages.map((it) => ("event" in it ? Reflect.get(Object(it.event), "sequence") : it))

    it.scopedLive("a subscription is live when its effect returns, and receives messages in order", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        yield* publish(2)
        const subscription = yield* bus.subscribe
        yield* publish(3)
        expect(sequences(yield* subscription.take)).toEqual([3, 4, 5])
      }).pipe(Effect.provide(layer(1024)))
    )

    it.scopedLive("a slow subscriber learns how many messages it missed and continues; publishing never blocks", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const slow = yield* bus.subscribe
        yield* publish(20)
        expect(sequences(yield* slow.take)).toEqual([{ _tag: "Lagged", missed: 12 }, 13, 14, 15, 16, 17, 18, 19, 20])
        yield* publish(1)
        expect(sequences(yield* slow.take)).toEqual([21])
        expect(yield* bus.lagged).toBe(12)
      }).pipe(Effect.provide(layer(8)))
    )

    it.scopedLive("a slow subscriber does not affect a fast one", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        yield* bus.subscribe
        const fast = yield* bus.subscribe
        for (let i = 1; i <= 50; i++) {
          yield* publish(1)
          expect(sequences(yield* fast.take)).toEqual([i])
        }
      }).pipe(Effect.provide(layer(4)))
    )

    it.scopedLive("a subscriber that leaves disturbs no other, and its missed messages stay counted", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const stays = yield* bus.subscribe
        yield* Effect.scoped(
          Effect.gen(function* () {
            const leaves = yield* bus.subscribe
            yield* publish(6)
            yield* leaves.take
          })
        )
        yield* publish(1)
        expect(sequences(yield* stays.take)).toEqual([{ _tag: "Lagged", missed: 3 }, 4, 5, 6, 7])
        expect(yield* bus.lagged).toBe(2 + 3)
      }).pipe(Effect.provide(layer(4)))
    )
  })
