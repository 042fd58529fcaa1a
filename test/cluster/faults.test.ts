// Crashes under load, on each bus: feeds get each event once, in order; acknowledged commands stay.
import { describe, expect, it } from "vitest"
import { pollOptions } from "../process/support.ts"
import { buses, isSkipped } from "./buses.ts"
import { clusterOf } from "./cluster.ts"
import { maxDelay, printFigures, startLoad } from "./load.ts"

describe.each(buses)("three nodes on the bus %s", (bus) => {
  describe.skipIf(isSkipped(bus))("under load", { timeout: 120_000 }, () => {
    const cluster = clusterOf(() => ({ bus: [bus] }))

    // The PostgreSQL bus is tested in the crash of its database below.
    if (bus !== "postgres") {
      it("feeds continue by polling the log while the bus is down and after it returns", async ({ onTestFinished }) => {
        const load = await startLoad(cluster(), onTestFinished)
        await load.waitForCommands()
        await cluster().bus.kill()
        await cluster().waitForHealth(cluster().bus.reason)
        load.writesTo(({ number }) => number === 0)
        load.longestDelay()
        await load.waitForCommands()
        await load.arrives()
        const delay = load.longestDelay()
        load.writesTo()
        await cluster().bus.start()
        await cluster().waitForHealth("ok")
        await load.waitForCommands()
        printFigures(`${bus} away`, { "longest delay": delay, afterwards: load.longestDelay() })
        expect(delay).toBeLessThan(maxDelay)
        await load.finish()
        expect([load.breaks(), load.refusals]).toEqual([0, []])
      })
    }

    it("a replacement takes over from a killed node", async ({ onTestFinished }) => {
      const load = await startLoad(cluster(), onTestFinished)
      await load.waitForCommands()
      load.longestDelay()
      await cluster().replace(1)
      await cluster().waitForHealth("ok")
      await load.waitForCommands()
      const delay = load.longestDelay()
      printFigures(`${bus}, node killed`, { "longest delay": delay, breaks: load.breaks() })
      expect(delay).toBeLessThan(maxDelay)
      await load.finish()
      expect(load.breaks()).toBe(20)
    })

    it("two PostgreSQL crashes lose no acknowledged command and close no feed", async ({ onTestFinished }) => {
      const load = await startLoad(cluster(), onTestFinished)
      for (let round = 1; round <= 2; round++) {
        await load.waitForCommands()
        const before = load.refusals.length
        await cluster().postgres.end("immediate")
        await expect.poll(() => load.refusals.length, pollOptions).toBeGreaterThan(before + 10)
        await cluster().postgres.start()
        load.longestDelay()
        await load.waitForCommands()
        await cluster().waitForHealth("ok")
        const delay = load.longestDelay()
        printFigures(`${bus}, PostgreSQL is back`, { "longest delay": delay, refusals: load.refusals.length })
        expect(delay).toBeLessThan(maxDelay)
      }
      await load.finish()
      expect(load.breaks()).toBe(0)
      expect(new Set(load.refusals.map(({ retryAfter }) => retryAfter))).toEqual(new Set(["1"]))
      expect(new Set(load.refusals.map(({ nodeId }) => nodeId)).size).toBe(3)
    })
  })
})
