// Cluster membership when clocks are set: the database's, and this process's own.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as LiveNodes from "../../../src/layers/node/liveNodes.ts"
import { goneAfter, type NodeRow, type NodeRows, type ReportedNode } from "../../../src/layers/node/NodeRows.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"

/** Rows with times of a separate clock. */
const makeRows = () => {
  let now = 1_000_000
  let rows: ReadonlyArray<Omit<ReportedNode, "isRecent">> = []
  const without = (instanceId: string) => rows.filter((row) => row.instanceId !== instanceId)
  const service: NodeRows = {
    phase: Effect.succeed("first"),
    report: (row: NodeRow) =>
      Effect.sync(() => {
        rows = [...without(row.instanceId), { ...row, seenAt: now }]
      }),
    reported: Effect.sync(() => rows.map((row) => ({ ...row, isRecent: Math.abs(row.seenAt - now) <= goneAfter }))),
    deleteStale: (silent) =>
      Effect.sync(() => {
        for (const { instanceId } of silent) rows = without(instanceId)
      }),
    remove: () => Effect.void,
    move: () => Effect.succeed(false)
  }
  return {
    service,
    say: (nodeId: string) => service.report({ nodeId, instanceId: nodeId, report: "{}" }),
    pass: (millis: number) => {
      now += millis
    },
    names: () => rows.map(({ nodeId }) => nodeId)
  }
}

describe.each(steps)("when the clocks are set %s", (_, millis) => {
  it.effect("keeps nodes with heartbeats and removes silent ones after 5 seconds", () =>
    onSteppedClock((step) =>
      Effect.gen(function* () {
        const { names, pass, say, service } = makeRows()
        const nodes = LiveNodes.make(service)
        const live = Effect.map(nodes.live, (all) => all.map(({ nodeId }) => nodeId))
        /** Half a second, as in ClusterMembership.ts. */
        const beat = Effect.gen(function* () {
          yield* say("a")
          yield* nodes.refresh
          yield* TestClock.adjust("500 millis")
          pass(500)
        })
        yield* Effect.all([say("dead"), say("b")])
        pass(goneAfter + 1)
        yield* say("b")
        yield* beat
        expect([yield* live, names()]).toEqual([
          ["b", "a"],
          ["b", "a"]
        ])
        yield* step(millis)
        pass(millis)
        expect(yield* live).toEqual(["b", "a"])
        for (let n = 0; n < 9; n++) yield* beat
        expect(yield* live).toEqual(["a"])
        expect(names()).toContain("b")
        yield* say("b")
        expect(yield* live).toEqual(["a", "b"])
        for (let n = 0; n < 121; n++) yield* beat
        expect([yield* live, names()]).toEqual([["a"], ["a"]])
      })
    )
  )
})
