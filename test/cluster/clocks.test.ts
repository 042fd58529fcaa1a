// Nodes whose clocks differ by a minute (libfaketime): shared state depends on no node's clock.
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { makeClient } from "../http/client.ts"
import { faketime } from "../process/faketime.ts"
import { skipWithNotice } from "../program.ts"
import { buses, isSkipped } from "./buses.ts"
import { clusterOf } from "./cluster.ts"
import { maxDelay, printFigures, startLoad } from "./load.ts"

const hasNoFaketime =
  faketime === undefined && skipWithNotice("nodes' clocks", 'Debian\'s package "faketime" is not here')

/** Seconds. */
const offsets = [0, 60, -60]
const clockOf = (node: number) => ({
  LD_PRELOAD: faketime ?? "libfaketime.so.1",
  FAKETIME: `${(offsets[node] ?? 0) < 0 ? "" : "+"}${offsets[node]}`,
  DONT_FAKE_MONOTONIC: "1",
  NO_FAKE_STAT: "1"
})

const decodeOffsets = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ node: Schema.String, minutes: Schema.Number }))
)

describe.each(buses)("three nodes on the bus %s", (bus) => {
  describe.skipIf(hasNoFaketime || isSkipped(bus))("with different clocks", { timeout: 120_000 }, () => {
    const cluster = clusterOf(() => ({ bus: [bus], envOf: clockOf }))

    it("keep the log in order, and sessions, keys and lists valid on every node", async ({ onTestFinished }) => {
      const load = await startLoad(cluster(), onTestFinished)
      const { nodes, postgres } = cluster()
      load.longestDelay()
      for (const [index, node] of nodes.entries()) {
        const visitor = makeClient(node.url)
        const path = await visitor.newList(`made by ${node.nodeId}`)
        expect((await visitor.request("PATCH", `/api${path}`, { json: { access: "private" } })).status).toBe(200)
        const sent = { json: { text: "once" }, headers: { "idempotency-key": `once-by-${node.nodeId}` } }
        const first = await visitor.request("POST", `/api${path}/todos`, sent)
        expect(first.status).toBe(201)
        for (const { url } of [...nodes.slice(index + 1), ...nodes.slice(0, index)]) {
          const same = makeClient(url)
          expect((await same.get(path)).status).toBe(404)
          same.setCookie(visitor.cookie())
          expect((await same.get(path)).text).toContain(`made by ${node.nodeId}`)
          const again = await same.request("POST", `/api${path}/todos`, sent)
          expect([again.status, again.text]).toEqual([201, first.text])
        }
      }
      await load.waitForCommands(200)
      const delay = load.longestDelay()
      printFigures(`${bus}, clocks apart`, { "longest delay": delay })
      expect(delay).toBeLessThan(maxDelay)
      await load.finish()
      expect([load.breaks(), load.refusals]).toEqual([0, []])
      const minutes = await postgres.query(`SELECT metadata ->> 'nodeId' AS node,
        round(avg(extract(epoch FROM at - clock_timestamp())) / 60)::integer AS minutes
        FROM (SELECT metadata, occurred_at::timestamptz AS at FROM events ORDER BY sequence DESC LIMIT 50) e GROUP BY 1 ORDER BY 1`)
      expect(decodeOffsets(minutes)).toEqual([
        { node: "node-1", minutes: 0 },
        { node: "node-2", minutes: 1 },
        { node: "node-3", minutes: -1 }
      ])
    })
  })
})
