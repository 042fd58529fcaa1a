import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { BusPhase } from "../../../src/domain/BusPhase.ts"
import { ClusterMembership, type ClusterMembershipService } from "../../../src/layers/node/ClusterMembership.ts"
import * as ClusterMembershipBackend from "../../../src/layers/node/ClusterMembershipBackend.ts"
import { NodeIdentity } from "../../../src/layers/node/NodeIdentity.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings, temporaryDirectory } from "../../support.ts"

/** A node as EventBus describes it. */
const node = (nodeId: string, overrides: Record<string, string>) =>
  ClusterMembershipBackend.layer.pipe(
    Layer.provide(Sql.layer),
    Layer.provide([PostgresBackend.layer, NodeIdentity.layer]),
    Layer.provide(settings({ NODE_ID: nodeId, EVENT_BUS: "dual:memory,nats", ...overrides })),
    Layer.build,
    Effect.map((context) => Context.get(context, ClusterMembership)),
    Effect.tap((nodes) =>
      nodes.describe(
        Effect.sync(() => ({ bus: "dual:memory,nats", phase: nodes.phase(), silent: null, compared: null }))
      )
    )
  )

const eventually = <A, E>(look: Effect.Effect<A, E>, until: (found: A) => boolean): Effect.Effect<A, E> =>
  Effect.flatMap(look, (found) =>
    until(found)
      ? Effect.succeed(found)
      : Effect.delay(
          Effect.suspend(() => eventually(look, until)),
          "20 millis"
        )
  )
const phasesOf = (nodes: ClusterMembershipService) =>
  Effect.map(nodes.all, (all) => all.map(({ nodeId, phase }) => `${nodeId}: ${phase}`))

/** `place` returns the settings of nodes that share a log. */
const contract = (name: string, place: Effect.Effect<Record<string, string>, never, Scope.Scope>) =>
  describe(name, () => {
    const three = Effect.flatMap(place, (overrides) => Effect.forEach(["a", "b", "c"], (id) => node(id, overrides)))
    const waitForPhase = (nodes: ClusterMembershipService, phase: BusPhase) =>
      eventually(phasesOf(nodes), (all) => all.length === 3 && all.every((it) => it.endsWith(`: ${phase}`)))

    it.scopedLive("nodes discover each other and switch phases together", () =>
      Effect.gen(function* () {
        const [a, b, c] = yield* three
        if (a === undefined || b === undefined || c === undefined) return
        expect(yield* waitForPhase(c, "first")).toEqual(["a: first", "b: first", "c: first"])
        for (const phase of ["both, read first", "both, read second", "second"] as const) {
          yield* b.move(phase)
          expect(b.phase()).toBe(phase)
          yield* waitForPhase(a, phase)
        }
        yield* a.move("first")
        yield* waitForPhase(b, "first")
        expect(yield* c.current).toBe("first")
      })
    )

    it.scopedLive("switching forward needs every node in the previous phase; switching back does not", () =>
      Effect.gen(function* () {
        const [a, b, c] = yield* three
        if (a === undefined || b === undefined || c === undefined) return
        yield* waitForPhase(a, "first")
        // A node that hangs and keeps reporting its old phase.
        yield* c.describe(Effect.succeed({ bus: "x", phase: "first", silent: null, compared: null }))
        yield* a.move("both, read first")
        const refused = yield* Effect.flip(a.move("both, read second"))
        expect(refused).toMatchObject({ _tag: "PhaseRefused" })
        expect(refused.message).toContain('c is at "first"')
        expect(yield* Effect.flip(a.move("second"))).toMatchObject({ _tag: "PhaseRefused" })
        yield* b.move("first")
        expect(yield* a.current).toBe("first")
      })
    )

    it.scopedLive("a stopped node is removed, and the phase outlives all nodes", () =>
      Effect.gen(function* () {
        const overrides = yield* place
        yield* Effect.scoped(
          Effect.gen(function* () {
            const only = yield* node("a", overrides)
            yield* eventually(phasesOf(only), (all) => all.length === 1)
            yield* only.move("both, read first")
          })
        )
        const next = yield* node("b", overrides)
        expect(next.phase()).toBe("both, read first")
        yield* eventually(phasesOf(next), (all) => all.join() === "b: both, read first")
      })
    )
  })

contract(
  "processes on one file",
  Effect.map(temporaryDirectory, (directory) => ({ DATA_DIR: directory }))
)

describe.skipIf(isSkipped)("nodes on PostgreSQL", () => {
  const { database } = postgresForFile()
  contract(
    "ClusterMembershipBackend.layer",
    Effect.map(Effect.promise(database), (url) => ({ DATABASE_URL: url }))
  )
})

describe("single process with one bus", () => {
  it.scopedLive("knows itself and has nothing to switch", () =>
    Effect.gen(function* () {
      const nodes = yield* node("a", { EVENT_BUS: "memory" })
      expect(yield* nodes.current).toBe(null)
      expect(yield* nodes.all).toMatchObject([{ nodeId: "a" }])
      expect((yield* Effect.flip(nodes.move("both, read first"))).message).toContain("EVENT_BUS=dual:")
    })
  )
  it.scoped("refuses two buses of one kind and an unknown bus", () =>
    Effect.forEach(["dual:memory,memory", "dual:memory", "kafka", "dual:memory,nats,zenoh", ""], (bus) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.provide(Settings, settings({ EVENT_BUS: bus })))
        expect(String(error)).toContain("Expected memory, postgres, nats, zenoh")
      }).pipe(Effect.scoped)
    )
  )
})
