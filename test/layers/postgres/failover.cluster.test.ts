// The server dies for good, and its synchronous standby takes over its address.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { type Appended, EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { cuttableProxy } from "../../browser/cuttableProxy.ts"
import { isSkipped, startPostgres } from "../../servers/postgres.ts"
import { append } from "../../support.ts"
import { all } from "../eventStore/eventStoreContract.ts"
import { nodeOn } from "./support.ts"

const stopped = <A extends { readonly stop: () => Promise<void> }>(start: () => Promise<A>) =>
  Effect.acquireRelease(Effect.promise(start), ({ stop }) => Effect.promise(stop))

describe.skipIf(isSkipped)("PostgreSQL failover", () => {
  it.scopedLive(
    "loses no acknowledged event, and nodes recover by themselves",
    () =>
      Effect.gen(function* () {
        const first = yield* stopped(() => startPostgres())
        const proxy = yield* Effect.acquireRelease(
          Effect.promise(() => cuttableProxy(first.url)),
          ({ close }) => Effect.sync(close)
        )
        const address = `postgres://evenstar@${new URL(proxy.url).host}/evenstar`
        const context = yield* Layer.build(nodeOn(address))
        const store = yield* Effect.provide(EventStore, context)
        const second = yield* stopped(() => first.standby())

        const acknowledged: Array<Appended> = []
        /** Retries a command until it is acknowledged. */
        const certainly = (writer: string, version: number): Effect.Effect<void> => {
          const one = append(writer, version)
          const again: Effect.Effect<void> = Effect.matchEffect(store.append(one), {
            onSuccess: (answer) => Effect.sync(() => void acknowledged.push(answer)),
            onFailure: (error) =>
              error._tag === "StoreUnavailable"
                ? Effect.delay(
                    Effect.suspend(() => again),
                    "20 millis"
                  )
                : Effect.die(error)
          })
          return again
        }
        let isOver = false
        const write = (writer: string) =>
          Effect.gen(function* () {
            for (let version = 0; !isOver; version++) yield* certainly(writer, version)
          })
        const writers = yield* Effect.fork(
          Effect.forEach(["a", "b", "c", "d"], write, { concurrency: "unbounded", discard: true })
        )
        const more = (count: number) => {
          const enough = acknowledged.length + count
          const wait: Effect.Effect<void> = Effect.suspend(() =>
            acknowledged.length >= enough ? Effect.void : Effect.delay(wait, "10 millis")
          )
          return wait
        }
        yield* more(100)
        yield* Effect.promise(() => first.kill())
        yield* Effect.promise(() => second.query("SELECT pg_promote()"))
        proxy.moveTo(second.url)
        yield* more(100)
        isOver = true
        yield* Fiber.join(writers)

        const log = yield* Effect.provide(all, context)
        expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1))
        expect(new Set(log.map((it) => it.metadata.commandId)).size).toBe(log.length)
        const stored = new Map(log.map((it) => [it.sequence, it.eventId]))
        for (const { events, sequence } of acknowledged) expect(stored.get(sequence)).toBe(events.at(-1)?.eventId)
      }),
    60_000
  )
})
