// A node is silently cut off from the bus first and then from the database as well, and
// reconnected. Each node has its own network namespace.
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isSkipped as hasNoNetwork, type Network, startNetwork } from "../servers/network.ts"
import { buses, isSkipped } from "./buses.ts"
import { clusterOf, type Machines } from "./cluster.ts"
import { maxDelay, printFigures, startLoad } from "./load.ts"

describe.each(buses)("three hosts on the bus %s", (bus) => {
  describe.skipIf(hasNoNetwork || isSkipped(bus))("with one host cut off", { timeout: 120_000 }, () => {
    let network: Network
    let machines: Machines
    beforeAll(() => {
      network = startNetwork()
      const { machine } = network
      machines = { postgres: machine(), bus: machine(), nodes: [machine(), machine(), machine()] }
    })
    afterAll(() => network.stop())
    const cluster = clusterOf(() => ({ bus: [bus], machines }))

    it("its commands time out with 503, its feeds stay open, and both recover", async ({ onTestFinished }) => {
      const load = await startLoad(cluster(), onTestFinished)
      const { node, bus: server, waitForHealth: becomes } = cluster()
      const { client, nodeId: cutOff } = node(2)
      const isElsewhere = (nodeId: string) => nodeId !== cutOff
      const [, , host = machines.bus] = machines.nodes
      await load.waitForCommands()

      if (bus !== "postgres") {
        network.cut(host, machines.bus)
        await becomes(server.reason, [node(2)])
        await becomes("ok", [node(0), node(1)])
        load.writesTo(({ number }) => number !== 2)
        load.longestDelay()
        await load.waitForCommands()
        await load.arrives()
        load.writesTo()
        const byLog = load.longestDelay()
        printFigures(`${bus}, cut off from the bus`, { "longest delay": byLog })
        expect(byLog).toBeLessThan(maxDelay)
      }
      expect(load.refusals).toEqual([])

      network.cut(host, machines.postgres)
      const asked = performance.now()
      const answer = await client.post("/api/lists", {}, { "idempotency-key": "of-a-node-that-is-cut-off" })
      const took = performance.now() - asked
      expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"])
      await load.waitForCommands()
      await load.arrives(isElsewhere)
      const elsewhere = load.longestDelay(isElsewhere)

      network.join(host)
      const joined = performance.now()
      await load.arrives()
      const level = performance.now() - joined
      await becomes("ok")
      const healthy = performance.now() - joined
      load.longestDelay()
      await load.waitForCommands()
      printFigures(`${bus}, cut off from the database`, {
        "503 after": took,
        "slowest 503": Math.max(...load.refusals.map((refusal) => refusal.took)),
        "longest delay elsewhere": elsewhere,
        "level after": level,
        "healthy after": healthy,
        "longest delay afterwards": load.longestDelay()
      })
      await load.finish()
      expect(load.breaks()).toBe(0)
      expect(load.refusals.filter(({ nodeId, retryAfter }) => nodeId !== cutOff || retryAfter !== "1")).toEqual([])
      expect(Math.max(took, ...load.refusals.map((refusal) => refusal.took))).toBeLessThan(12_000)
      expect(elsewhere).toBeLessThan(maxDelay)
    })
  })
})
