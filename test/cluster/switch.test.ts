// Switches between buses under load, by the admin API and by the command, unnoticed by feeds.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { afterAll, describe, expect, it } from "vitest"
import { BusPhase, phases } from "../../src/domain/BusPhase.ts"
import { runToEnd } from "../cli/process.ts"
import { decodeProblem } from "../process/client.ts"
import { pollOptions } from "../process/support.ts"
import { isSkipped } from "./buses.ts"
import { adminToken, type Cluster, clusterOf, type Options, operatorHeaders } from "./cluster.ts"
import { maxDelay, printFigures, startLoad } from "./load.ts"

const decodeStatus = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({
      phase: BusPhase,
      nodes: Schema.Array(
        Schema.Struct({
          nodeId: Schema.String,
          phase: BusPhase,
          compared: Schema.NullOr(
            Schema.Struct({ both: Schema.Number, onlyFirst: Schema.Number, onlySecond: Schema.Number })
          )
        })
      )
    })
  )
)

const path = "/admin/event-bus"

/** Sends the switch request to the nodes in turn. */
const switchOf = ({ node }: Cluster) => {
  let turn = 0
  const status = async () => decodeStatus((await node(0).client.send("GET", path, "", operatorHeaders)).text)
  const to = (phase: BusPhase) => node(turn++ % 2).client.post(path, { phase }, operatorHeaders)
  return {
    status,
    to,
    /** Requests the phase and waits until all nodes have reached it. */
    reaches: async (phase: BusPhase) => {
      const { status: code, text } = await to(phase)
      expect([code, text]).toEqual([200, expect.any(String)])
      const all = () => status().then(({ nodes }) => nodes.map((one) => one.phase))
      await expect.poll(all, pollOptions).toEqual([phase, phase, phase])
    }
  }
}

const pairs: ReadonlyArray<Options["bus"]> = [
  ["memory", "zenoh"],
  ["postgres", "nats"]
]

describe.each(pairs.map((bus) => [bus.join(), bus] as const))("three nodes on dual:%s", (name, bus) => {
  const isLeftOut = isSkipped(
    "postgres",
    ...bus.flatMap((name) => (name === undefined || name === "memory" ? [] : [name]))
  )
  describe.skipIf(isLeftOut)("under load", { timeout: 120_000 }, () => {
    const cluster = clusterOf(() => ({ bus }))
    const temporary = mkdtempSync(join(tmpdir(), "evenstar-"))
    afterAll(() => rmSync(temporary, { recursive: true, force: true }))

    it("switch forward, back and forward again without losing subscriptions", async ({ onTestFinished }) => {
      const load = await startLoad(cluster(), onTestFinished)
      const { reaches, status } = switchOf(cluster())
      load.longestDelay()
      const [first, ...others] = phases
      for (const phase of [...others, ...[...phases].reverse().slice(1), ...others]) {
        await reaches(phase)
        await load.waitForCommands(40)
      }
      await reaches(first)
      const delay = load.longestDelay()
      expect(delay).toBeLessThan(maxDelay)
      const compared = async () => (await status()).nodes.map((node) => node.compared)
      // Memory carries nothing between nodes: there is nothing to compare.
      if (bus[0] === "memory") expect(await compared()).toEqual([null, null, null])
      else {
        await reaches("both, read first")
        const carriedByBoth = async () => {
          await load.waitForCommands(10)
          return Math.min(...(await compared()).map((found) => found?.both ?? 0))
        }
        // The comparison starts after all nodes have had time to reach the phase.
        await expect.poll(carriedByBoth, pollOptions).toBeGreaterThan(50)
        const one = (await compared()).map((found) => (found?.onlyFirst ?? 0) + (found?.onlySecond ?? 0))
        printFigures(`${name}, compared`, { both: await carriedByBoth(), "only one": Math.max(...one) })
        expect(Math.max(...one)).toBeLessThan(5)
        await reaches(first)
      }
      printFigures(`${name}, switched`, { "longest delay": delay })
      await load.finish()
      expect([load.breaks(), load.refusals]).toEqual([0, []])
    })

    // The messages are the same for any two buses.
    if (bus[0] === "memory") return

    it("go forward only after every node has reached the phase before, and back at any time", async ({
      onTestFinished
    }) => {
      const load = await startLoad(cluster(), onTestFinished)
      const { status, to } = switchOf(cluster())
      const [first, second, third] = phases
      const { child } = cluster().node(2).process
      onTestFinished(() => void child.kill("SIGCONT"))

      child.kill("SIGSTOP")
      expect((await to(second)).status).toBe(200)
      const tooSoon = await to(third)
      expect([tooSoon.status, decodeProblem(tooSoon.text).code]).toEqual([409, "CONFLICT"])
      expect(tooSoon.text).toContain("node-3")
      expect((await status()).phase).toBe(second)
      child.kill("SIGCONT")
      await expect.poll(async () => (await to(third)).status, pollOptions).toBe(200)

      child.kill("SIGSTOP")
      expect((await to(first)).status).toBe(200)
      child.kill("SIGCONT")
      await expect
        .poll(async () => (await status()).nodes.map((one) => one.phase), pollOptions)
        .toEqual([first, first, first])
      await load.waitForCommands()
      await load.finish()
      expect(load.breaks()).toBe(0)
    })

    it("switch by the command as well", async () => {
      const { hostname, port } = new URL(cluster().node(1).url)
      const env = { HOST: hostname, PORT: port, ADMIN_TOKEN: adminToken }
      const bus = (command: string) => runToEnd(temporary, ["bus", command], env)
      const stdout = async (command: string) => {
        const { code, stderr, stdout } = await bus(command)
        expect([code, stderr]).toEqual([0, ""])
        return stdout
      }
      expect(await stdout("status")).toContain("Target phase of all nodes: first")
      expect(await stdout("forward")).toContain("Target phase of all nodes: both, read first")
      expect(await stdout("back")).toContain("Target phase of all nodes: first")
      const further = await bus("back")
      expect([further.code, further.stderr]).toEqual([
        1,
        expect.stringContaining("The first bus is the only one already")
      ])
    })
  })
})
