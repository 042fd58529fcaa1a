// The contract of every bus between machines, on two buses that share a real server.
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { EventId, Sequence, StoredEvent, Version } from "../../../src/domain/StoredEvent.ts"
import { type BusMessage, EventBus, type Subscription } from "../../../src/layers/eventBus/EventBus.ts"
import * as RemoteBus from "../../../src/layers/eventBus/RemoteBus.ts"
import type { Transport } from "../../../src/layers/eventBus/Transport.ts"
import { encodeMessages } from "../../../src/layers/eventBus/wire.ts"
import * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import type { Settings } from "../../../src/layers/node/Settings.ts"
import type { StartFailed } from "../../../src/layers/node/StartFailed.ts"
import type { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { settings } from "../../support.ts"

export type Env = Record<string, string>

export const event = (sequence: number, aggregateId = "a", payload: unknown = {}, aggregateType = "Thing") =>
  new StoredEvent(
    Sequence.make(sequence),
    EventId.make(randomUUID()),
    aggregateType,
    aggregateId,
    Version.make(sequence),
    "Happened",
    1,
    JSON.stringify(payload),
    "{}",
    "2026-01-01T00:00:00.000Z"
  )

export const sequenceOf = (message: BusMessage) => (message._tag === "Published" ? message.event.sequence : message)

/** Collects messages up to a count. */
export const takeAll = (subscription: Subscription, count: number) =>
  Effect.gen(function* () {
    const taken: Array<BusMessage> = []
    while (taken.length < count) taken.push(...(yield* subscription.take))
    return taken.map(sequenceOf)
  }).pipe(Effect.timeout("10 seconds"))

export const takeUntil = (subscription: Subscription, last: number) =>
  Effect.gen(function* () {
    const taken: Array<BusMessage | number> = []
    while (taken.at(-1) !== last) taken.push(...(yield* subscription.take).map(sequenceOf))
    return taken
  }).pipe(Effect.timeout("10 seconds"))

/** Collects messages until a pause that exceeds delivery time. */
const takeRemaining = (subscription: Subscription) =>
  Effect.gen(function* () {
    const taken: Array<BusMessage | number> = []
    for (;;) {
      const more = yield* Effect.timeoutOption(subscription.take, "200 millis")
      if (Option.isNone(more)) return taken
      taken.push(...more.value.map(sequenceOf))
    }
  })

export const eventually = <A, E, R>(what: Effect.Effect<A, E, R>, isIt: (value: A) => boolean) =>
  what.pipe(Effect.delay("20 millis"), Effect.repeat({ until: isIt }), Effect.timeout("20 seconds"))

/** A node of the test: the same log, another process. */
export const node = (make: BusFixture["make"], env: Env, { capacity = 1024, log = "a-log" } = {}) =>
  Effect.gen(function* () {
    const origin = { log, from: randomUUID() }
    const built = yield* Layer.build(PostgresBackend.layer.pipe(Layer.provideMerge(settings(env))))
    const transport = yield* Effect.provide(make, built)
    return { origin, transport, bus: RemoteBus.make(transport, origin, capacity) }
  })

/** For the contract of all buses: one node on a log that publishes there. */
export const singleNode = (make: BusFixture["make"], env: () => Env) => (capacity: number) =>
  EventStoreBackend.layerMemory.pipe(
    Layer.provideMerge(
      Layer.merge(
        Layer.scoped(
          EventBus,
          Effect.suspend(() => Effect.map(node(make, env(), { capacity }), ({ bus }) => bus))
        ),
        Ids.layer
      )
    )
  )

export interface BusFixture {
  readonly name: Transport["name"]
  readonly make: Effect.Effect<Transport, StartFailed, Postgres | Scope.Scope | Settings>
  readonly env: () => Env
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  /** For a server that is a single process. */
  readonly pid?: () => number | undefined
}

/** Call within a block that requires the server. */
export const remoteBusContract = ({ env, kill, make, name, pid, start }: BusFixture) =>
  describe("between nodes", () => {
    /** Waits until both are connected: earlier messages reach nobody. */
    const two = Effect.suspend(() => Effect.all([node(make, env()), node(make, env())])).pipe(
      Effect.tap((nodes) =>
        Effect.forEach(nodes, ({ bus }) => eventually(Effect.sync(bus.silent), (reason) => reason === undefined))
      )
    )

    it.scopedLive("a node receives another node's messages in order, and its own once", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        const heardByA = yield* a.bus.subscribe
        const heardByB = yield* b.bus.subscribe
        const sequences = Array.from({ length: 500 }, (_, index) => index + 1)
        for (const at of sequences.filter((it) => it % 5 === 1)) {
          yield* a.bus.publish([0, 1, 2, 3, 4].map((more) => event(at + more, `${more < 3 ? "a" : at}`)))
        }
        expect(yield* takeAll(heardByB, 500)).toEqual(sequences)
        expect(yield* takeAll(heardByA, 500)).toEqual(sequences)
        expect([yield* takeRemaining(heardByA), yield* takeRemaining(heardByB)]).toEqual([[], []])
        expect([a.bus.silent(), b.bus.silent()]).toEqual([undefined, undefined])
      })
    )

    it.scopedLive("a subscription is live at the server when its effect returns", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        for (let i = 1; i <= 20; i++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const subscription = yield* b.bus.subscribe
              yield* a.bus.publish([event(i)])
              expect(yield* takeAll(subscription, 1)).toEqual([i])
            })
          )
        }
      })
    )

    it.scopedLive("an event arrives unchanged", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        const subscription = yield* b.bus.subscribe
        const said = event(1, "ä/ö.*>?#$ \u0000\ud800", { text: "\u2028'\"\\\u0000 \ud83d\ude00" })
        yield* a.bus.publish([said])
        expect(yield* subscription.take).toEqual([{ _tag: "Published", event: said }])
      })
    )

    it.scopedLive("events of aggregates with any id arrive", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        const ids = ["a", "b", "a.b", "*", ">", "**", "", "a/b", "a b", "ä", "$", "#", "@a", "%61", "x".repeat(5000)]
        const subscription = yield* b.bus.subscribe
        const events = ids.flatMap((id, index) => [event(2 * index + 1, id), event(2 * index + 2, id, {}, "Other")])
        for (const one of events) yield* a.bus.publish([one])
        expect(yield* takeAll(subscription, events.length)).toEqual(events.map(({ sequence }) => sequence))
      })
    )

    it.scopedLive("foreign and repeated messages are ignored; an oversized one announces only the head", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        const stranger = yield* node(make, env(), { log: "another-log" })
        const subscription = yield* b.bus.subscribe
        const address = { aggregateType: "Thing", aggregateId: "a" }
        const [good = ""] = encodeMessages(a.origin, [event(1)], 7000)
        yield* stranger.bus.publish([event(9)])
        for (const text of [
          "",
          "{",
          "null",
          "[]",
          "{}",
          good.replace('"v":1', '"v":2'),
          good.replace("[1,", '["1",')
        ]) {
          a.transport.send(address, text)
        }
        a.transport.send(address, good)
        a.transport.send(address, good)
        yield* a.bus.publish([event(2), event(3, "a", { text: "x".repeat(2_000_000) }), event(4)])
        const heard = yield* takeUntil(subscription, 4)
        // PostgreSQL deduplicates notifications within a transaction.
        expect(heard[0] === heard[1] ? heard.slice(1) : heard).toEqual([1, 2, { _tag: "HeadAdvanced", upTo: 3 }, 4])
      })
    )

    it.scopedLive("an unavailable server blocks nothing and is reported; events arrive again afterwards", () =>
      Effect.gen(function* () {
        const [a, b] = yield* two
        const subscription = yield* b.bus.subscribe
        yield* a.bus.publish([event(1)])
        yield* takeAll(subscription, 1)

        yield* Effect.promise(kill)
        yield* eventually(
          Effect.sync(() => [a.bus.silent(), b.bus.silent()]),
          (reasons) => !reasons.includes(undefined)
        )
        expect(a.bus.silent()).toMatch(/^(NATS|PostgreSQL|Zenoh): .+/)
        const [took] = yield* Effect.timed(Effect.forEach(Array(5000).keys(), (at) => a.bus.publish([event(at + 2)])))
        expect(Duration.toMillis(took)).toBeLessThan(2000)
        // A subscription started meanwhile becomes live with the server.
        const [waited, late] = yield* Effect.timed(b.bus.subscribe)
        expect(Duration.toMillis(waited)).toBeLessThan(3000)

        yield* Effect.promise(start)
        yield* eventually(
          Effect.sync(() => [a.bus.silent(), b.bus.silent()]),
          (reasons) => reasons.every((it) => it === undefined)
        )
        yield* a.bus.publish([event(9000)])
        for (const one of [subscription, late]) {
          yield* eventually(one.take, (taken) => taken.some((it) => sequenceOf(it) === 9000))
        }
      })
    )

    if (pid !== undefined)
      it.scopedLive("a server that accepts connections and stays silent counts as unavailable", () =>
        Effect.gen(function* () {
          const [a, b] = yield* two
          const subscription = yield* b.bus.subscribe
          const signal = (name: NodeJS.Signals) => Effect.sync(() => process.kill(pid() ?? 0, name))
          yield* Effect.acquireRelease(signal("SIGSTOP"), () => signal("SIGCONT"))
          // A hundred megabytes, of which the network buffers accept a part.
          const before = process.memoryUsage().rss
          const events = [event(2, "a", "x".repeat(100_000))]
          for (let i = 0; i < 1000; i++) yield* Effect.zipRight(a.bus.publish(events), Effect.yieldNow())
          expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000)
          yield* eventually(
            Effect.sync(() => [a.bus.silent(), b.bus.silent()]),
            (reasons) => !reasons.includes(undefined)
          )
          yield* signal("SIGCONT")
          yield* eventually(
            Effect.sync(() => [a.bus.silent(), b.bus.silent()]),
            (reasons) => reasons.every((it) => it === undefined)
          )
          yield* a.bus.publish([event(9000)])
          yield* eventually(subscription.take, (taken) => taken.some((it) => sequenceOf(it) === 9000))
        })
      )

    it.scopedLive("closes immediately, also while the server is unavailable", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { bus } = yield* Scope.extend(node(make, env()), scope)
        yield* Scope.extend(bus.subscribe, scope)
        yield* Effect.promise(kill)
        yield* eventually(Effect.sync(bus.silent), (reason) => reason !== undefined)
        const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
        expect(Duration.toMillis(took)).toBeLessThan(2500)
        yield* Effect.promise(start)
      })
    )

    const toItsEnd = (args: ReadonlyArray<string>, env: Env) =>
      Effect.promise(() =>
        promisify(execFile)(
          process.execPath,
          [
            "--import",
            pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href,
            join(import.meta.dirname, "openAndClose.ts"),
            name,
            ...args
          ],
          { env: { PATH: process.env["PATH"], ...env }, timeout: 15_000 }
        )
      )

    it.scopedLive("leaves nothing that keeps the process alive, and prints nothing", () =>
      Effect.gen(function* () {
        expect(yield* toItsEnd([], env())).toEqual({ stdout: "closed\n", stderr: "" })
        // PostgreSQL is needed at the start: it holds the log.
        if (name === "postgres") return
        yield* Effect.promise(kill)
        expect(yield* toItsEnd(["away"], env())).toEqual({ stdout: "closed\n", stderr: "" })
        yield* Effect.promise(start)
      })
    )
  })
