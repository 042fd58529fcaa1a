// The contract of every event store.
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { IdempotencyKey, type RequestKey } from "../../../src/domain/Idempotency.ts"
import { CommandId, Sequence, Version } from "../../../src/domain/StoredEvent.ts"
import { EventBus } from "../../../src/layers/eventBus/EventBus.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"
import { append, event } from "../../support.ts"

const start = Sequence.make(0)
/** The whole log. */
export const all = Effect.flatMap(EventStore, (store) =>
  Effect.map(Stream.runCollect(store.readAll({ after: start })), Chunk.toArray)
)

export const eventStoreContract = (name: string, layer: () => Layer.Layer<EventStore | EventBus, unknown>) =>
  describe(name, () => {
    const test = (title: string, body: Effect.Effect<void, unknown, EventStore | EventBus>) =>
      it.live(title, () => Effect.scoped(Effect.provide(body, layer())))

    test(
      "an append returns its global sequence and its stream version",
      Effect.gen(function* () {
        const store = yield* EventStore
        expect(yield* store.head).toBe(0)
        const first = yield* store.append(append("a", 0, { events: [event("One", { n: 1 }), event("Two")] }))
        const second = yield* store.append(append("b", 0))
        expect([first.sequence, first.version, second.sequence, second.version]).toEqual([2, 2, 3, 1])
        expect(yield* store.head).toBe(3)
        const stored = yield* all
        expect(stored).toEqual([...first.events, ...second.events])
        expect(stored[0]?.payload).toEqual({ n: 1 })
        expect(stored[0]?.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      })
    )

    test(
      "refuses invalid text in payloads, ids, metadata and results",
      Effect.gen(function* () {
        const store = yield* EventStore
        for (const text of ["\ud800", "a\udc00b", "\0"]) {
          const request: RequestKey = { scope: "s", key: IdempotencyKey.make("a-key-of-it"), fingerprint: text }
          for (const wrong of [
            append("a", 0, { events: [event("One", { deep: [{ text }] })] }),
            append("a", 0, { events: [event("One", { [text]: 1 })] }),
            append("a", 0, { events: [event(text)] }),
            append(`a${text}`, 0),
            append("a", 0, { metadata: { correlationId: text } }),
            append("a", 0, { idempotency: { request, detail: {} } })
          ]) {
            expect(yield* Effect.flip(store.append(wrong))).toMatchObject({ _tag: "MalformedText" })
          }
          const position = { sequence: start, version: Version.make(0) }
          expect(yield* Effect.flip(store.remember({ request, detail: {}, ...position }))).toMatchObject({
            _tag: "MalformedText"
          })
        }
        expect(yield* store.head).toBe(0)
      })
    )

    test(
      "rejects an append with a wrong expected version and writes nothing",
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.append(append("a", 0))
        for (const version of [0, 2]) {
          const result = yield* Effect.either(store.append(append("a", version)))
          expect(Either.getLeft(result)).toMatchObject({ value: { _tag: "ConcurrencyConflict", actualVersion: 1 } })
        }
        expect(yield* store.head).toBe(1)
      })
    )

    test(
      "returns the first result of a repeated command, publishes nothing and writes nothing",
      Effect.gen(function* () {
        const store = yield* EventStore
        const bus = yield* EventBus
        const commandId = CommandId.make("the same")
        const first = yield* store.append(append("a", 0, { commandId, events: [event("One"), event("Two")] }))
        const subscription = yield* bus.subscribe
        expect(yield* store.append(append("a", 0, { commandId }))).toEqual(first)
        const next = yield* store.append(append("a", 2))
        expect(yield* subscription.take).toEqual([{ _tag: "Published", event: next.events[0] }])
        expect(yield* store.head).toBe(3)
      }).pipe(Effect.scoped)
    )

    const request = (name: string, fingerprint = "same"): RequestKey => ({
      scope: "none /x",
      key: IdempotencyKey.make(name),
      fingerprint
    })

    it.scoped(`keeps a request's result and its events for 24 hours`, () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const idempotency = { request: request("key-0001"), detail: { thingId: "a" } }
        expect(yield* store.commandResult(idempotency.request)).toEqual(Option.none())
        const first = yield* store.append(append("a", 0, { idempotency }))
        const { detail, sequence, version } = first
        expect(detail).toEqual({ thingId: "a" })
        expect(yield* store.commandResult(idempotency.request)).toMatchObject({ value: { detail, sequence, version } })
        // The same request decided at another version with other ids still gets the first result.
        const again = append("b", 0, { idempotency: { ...idempotency, detail: { thingId: "b" } } })
        expect(yield* store.append(again)).toEqual({ events: [], detail, sequence, version })
        expect(yield* store.head).toBe(1)
        const other = { request: request("key-0001", "other"), detail: {} }
        expect(yield* Effect.flip(store.append(append("a", 1, { idempotency: other })))).toMatchObject({
          _tag: "IdempotencyKeyReused"
        })
        expect(yield* Effect.flip(store.commandResult(other.request))).toMatchObject({ _tag: "IdempotencyKeyReused" })
        // A conflict is not a result: the request may be repeated.
        const lost = { request: request("key-0002"), detail: {} }
        expect(yield* Effect.flip(store.append(append("a", 0, { idempotency: lost })))).toMatchObject({
          _tag: "ConcurrencyConflict"
        })
        expect((yield* store.append(append("a", 1, { idempotency: lost }))).version).toBe(2)
        const nothing = { request: request("key-0003"), detail: {}, sequence, version }
        expect(yield* store.remember(nothing)).toMatchObject({ sequence, version })
        expect(yield* store.remember({ ...nothing, version: Version.make(9) })).toMatchObject({ version })
        // Appends during a background count may be counted twice.
        expect(yield* store.storedCommandResults).toBeGreaterThanOrEqual(3)
        yield* TestClock.adjust("24 hours")
        expect(yield* store.commandResult(idempotency.request)).toEqual(Option.none())
        expect((yield* store.append(append("a", 2, { idempotency }))).version).toBe(3)
      }).pipe(Effect.provide(layer()))
    )

    it.scoped.each(steps)("keeps a result for 24 hours when the wall clock is set %s", ([, millis]) =>
      onSteppedClock((step) =>
        Effect.gen(function* () {
          const store = yield* EventStore
          const [early, late] = ["key-0001", "key-0002"].map((name) => ({ request: request(name), detail: {} }))
          if (early === undefined || late === undefined) return
          yield* store.append(append("a", 0, { idempotency: early }))
          const began = yield* store.now
          yield* step(millis)
          yield* store.append(append("a", 1, { idempotency: late }))
          yield* TestClock.adjust("23 hours")
          for (const [index, { request }] of [early, late].entries()) {
            expect(yield* store.commandResult(request)).toMatchObject({ value: { version: index + 1 } })
            expect((yield* store.append(append("b", 0, { idempotency: { request, detail: {} } }))).events).toEqual([])
          }
          yield* TestClock.adjust("1 hour")
          expect((yield* store.now) - began).toBe(86_400_000)
          for (const { request } of [early, late]) expect(yield* store.commandResult(request)).toEqual(Option.none())
          // Displayed times are wall-clock times.
          const [first, second] = yield* all
          expect((second?.occurredAt.epochMillis ?? 0) - (first?.occurredAt.epochMillis ?? 0)).toBe(millis)
        }).pipe(Effect.provide(layer()))
      )
    )

    test(
      "gives each of several concurrent commands its own result or conflict",
      Effect.gen(function* () {
        const store = yield* EventStore
        const subscription = yield* (yield* EventBus).subscribe
        // Every third one expects a version that does not exist.
        const results = yield* Effect.forEach(
          Array.from({ length: 300 }, (_, i) => i),
          (i) =>
            Effect.either(store.append(append(`x${i}`, i % 3 === 0 ? 7 : 0, { events: [event("One"), event("Two")] }))),
          { concurrency: "unbounded" }
        )
        expect(results.map(Either.isRight)).toEqual(results.map((_, i) => i % 3 !== 0))
        const stored = yield* all
        expect(stored.map((it) => it.sequence)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
        const won = results.flatMap((it) => (Either.isRight(it) ? it.right.events : []))
        expect(stored).toEqual(won)
        const heard = (yield* subscription.take).map((it) => (it._tag === "Published" ? it.event : it))
        expect(heard).toEqual(stored)
      }).pipe(Effect.scoped)
    )

    test(
      "stores a command once that appears twice in one transaction",
      Effect.gen(function* () {
        const store = yield* EventStore
        const commandId = CommandId.make("twice")
        const idempotency = { request: request("key-twice"), detail: {} }
        const [a, b] = yield* Effect.all(
          [store.append(append("a", 0, { commandId })), store.append(append("a", 0, { commandId }))],
          { concurrency: 2 }
        )
        expect(a).toEqual(b)
        const [c, d] = yield* Effect.all(
          [store.append(append("b", 0, { idempotency })), store.append(append("c", 0, { idempotency }))],
          { concurrency: 2 }
        )
        expect([c.sequence, c.version]).toEqual([d.sequence, d.version])
        expect(yield* store.head).toBe(2)
      })
    )

    test(
      "reads a log longer than a page, filtered and bounded",
      Effect.gen(function* () {
        const store = yield* EventStore
        const many = 2500
        yield* Effect.forEach(Array.from({ length: many / 10 }), (_, i) =>
          store.append(
            append("long", i * 10, {
              events: [event("Odd"), ...Array.from({ length: 9 }, () => event("Even"))]
            })
          )
        )
        yield* store.append(append("other", 0))
        expect((yield* all).map((it) => it.sequence)).toEqual(Array.from({ length: many + 1 }, (_, i) => i + 1))
        const read = (options: Parameters<typeof store.readAll>[0]) =>
          Effect.map(Stream.runCollect(store.readAll(options)), (events) =>
            Chunk.toArray(events).map((it) => it.sequence)
          )
        expect(yield* read({ after: start, filter: { eventTypes: ["Odd"] } })).toHaveLength(many / 10)
        expect(yield* read({ after: start, filter: { aggregateId: "other" } })).toEqual([many + 1])
        expect(yield* read({ after: Sequence.make(5), upTo: Sequence.make(7) })).toEqual([6, 7])
        const stream = yield* Stream.runCollect(store.readStream({ type: "Thing", id: "long" }, Version.make(2490)))
        expect(Chunk.toArray(stream).map((it) => it.version)).toEqual(Array.from({ length: 10 }, (_, i) => 2491 + i))
      })
    )

    test(
      "lets one of 32 racing writers win and publishes sequences in order",
      Effect.gen(function* () {
        const store = yield* EventStore
        const subscription = yield* (yield* EventBus).subscribe
        const rounds = 5
        for (let round = 0; round < rounds; round++) {
          const results = yield* Effect.forEach(
            Array.from({ length: 32 }),
            () => Effect.either(store.append(append("raced", round))),
            { concurrency: "unbounded" }
          )
          expect(results.filter(Either.isRight)).toHaveLength(1)
        }
        expect((yield* all).map((it) => it.version)).toEqual([1, 2, 3, 4, 5])
        const heard = yield* subscription.take
        expect(heard.map((it) => (it._tag === "Published" ? it.event.sequence : it))).toEqual([1, 2, 3, 4, 5])
      }).pipe(Effect.scoped)
    )

    test(
      "stores an interrupted append completely or not at all",
      Effect.gen(function* () {
        const store = yield* EventStore
        for (let i = 0; i < 20; i++) {
          const fiber = yield* Effect.fork(store.append(append(`i${i}`, 0, { events: [event(), event()] })))
          for (let step = 0; step < i; step++) yield* Effect.yieldNow()
          yield* Fiber.interrupt(fiber)
        }
        expect((yield* store.head) % 2).toBe(0)
        yield* store.append(append("after", 0))
      })
    )
  })
