// A network that drops everything for a while: statements arrive late, after their timeout.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { type Appended, EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { ClusterMembership } from "../../../src/layers/node/ClusterMembership.ts"
import * as ClusterMembershipBackend from "../../../src/layers/node/ClusterMembershipBackend.ts"
import { cuttableProxy } from "../../browser/cuttableProxy.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { append } from "../../support.ts"
import { all } from "../eventStore/eventStoreContract.ts"
import { nodeOn } from "./support.ts"

describe.skipIf(isSkipped)("PostgreSQL behind a silent network", () => {
  const { database } = postgresForFile()

  it.scopedLive(
    "keeps what it acknowledged, and late statements disturb no later ones",
    () =>
      Effect.gen(function* () {
        const url = new URL(yield* Effect.promise(database))
        const proxy = yield* Effect.acquireRelease(
          Effect.promise(() => cuttableProxy(url.href)),
          ({ close }) => Effect.sync(close)
        )
        const other = yield* Layer.build(nodeOn(url.href))
        url.host = new URL(proxy.url).host
        // ClusterMembership.ts sends a heartbeat twice a second: some fall into the silence.
        const context = yield* Layer.build(ClusterMembershipBackend.layer.pipe(Layer.provideMerge(nodeOn(url.href))))
        const [nodes, store] = [
          yield* Effect.provide(ClusterMembership, context),
          yield* Effect.provide(EventStore, context)
        ]
        yield* nodes.describe(Effect.succeed({ bus: "memory", phase: null, silent: null, compared: null }))

        const acknowledged: Array<Appended> = []
        let failures = 0
        let isOver = false
        const write = (writer: string) =>
          Effect.gen(function* () {
            for (let n = 0; !isOver; n++) {
              const stored = yield* Effect.either(store.append(append(`${writer}${n}`, 0)))
              if (Either.isRight(stored)) acknowledged.push(stored.right)
              else failures++
            }
          })
        const writers = yield* Effect.fork(
          Effect.forEach(["a", "b"], write, { concurrency: "unbounded", discard: true })
        )
        yield* Effect.sleep("500 millis")
        for (let silence = 0; silence < 2; silence++) {
          proxy.stall()
          yield* Effect.sleep("7 seconds")
          proxy.resume()
          yield* Effect.sleep("1 second")
        }
        expect(failures).toBeGreaterThan(0)
        const before = acknowledged.length
        yield* Effect.sleep("1 second")
        expect(acknowledged.length).toBeGreaterThan(before)
        isOver = true
        yield* Fiber.join(writers)

        // Another node is not delayed and reads all that was acknowledged.
        const there = yield* Effect.provide(EventStore, other)
        yield* there.append(append("after", 0))
        const log = yield* Effect.provide(all, other)
        expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1))
        const stored = new Map(log.map((it) => [it.sequence, it.eventId]))
        for (const { events, sequence } of acknowledged) expect(stored.get(sequence)).toBe(events.at(-1)?.eventId)
      }),
    60_000
  )
})
