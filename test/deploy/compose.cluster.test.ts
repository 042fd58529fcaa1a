// process-compose.yaml run by the real process-compose: health, restarts and shutdown.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isSkipped, project } from "../process/compose.ts"
import { pollOptions } from "../process/support.ts"

describe.skipIf(isSkipped)("process-compose", () => {
  it("accepts both files", async ({ onTestFinished }) => {
    const { dryRun } = project(onTestFinished)
    for (const file of ["process-compose.yaml", "process-compose.dev.yaml"]) {
      const { code, output } = await dryRun(file)
      expect(output).toMatch(/^Validated 5 configured processes/m)
      expect(code).toBe(0)
    }
  })

  it("restarts a killed server with its data and stops every process", { timeout: 180_000 }, async ({
    onTestFinished
  }) => {
    const { down, processes, stateOf, up } = project(onTestFinished)
    const { ended, url } = await up(["process-compose.yaml"])
    const app = () => stateOf("app")

    await expect.poll(app, pollOptions).toMatchObject({ status: "Running", is_ready: "Ready", restarts: 0 })
    expect(await stateOf("assets")).toMatchObject({ status: "Completed", exit_code: 0 })
    for (const later of ["nats", "postgres", "zenoh"]) {
      expect(await stateOf(later)).toMatchObject({ status: "Disabled", pid: 0 })
    }
    const { listId } = await (await fetch(`${url}/api/lists`, { method: "POST" })).json()

    const first = await app()
    process.kill(first?.pid ?? 0, "SIGKILL")
    await expect.poll(app, pollOptions).toMatchObject({ status: "Running", is_ready: "Ready", restarts: 1 })
    expect(await app()).not.toMatchObject({ pid: first?.pid })
    expect((await fetch(`${url}/api/lists/${listId}`)).status).toBe(200)

    expect(await down()).toMatchObject({ code: 0 })
    expect(await ended).toMatchObject({ code: 0 })
    expect(processes()).toEqual([])
  })

  it("runs `npm run dev` and stops all of its processes", { timeout: 180_000 }, async ({ onTestFinished }) => {
    const { argumentsOf, down, processes, stateOf, up } = project(onTestFinished)
    const { ended } = await up(["process-compose.dev.yaml"])

    await expect.poll(() => stateOf("app"), pollOptions).toMatchObject({ status: "Running", is_ready: "Ready" })
    expect(await argumentsOf("app")).toEqual(["-c", "exec npm run dev"])

    expect(await down()).toMatchObject({ code: 0 })
    expect(await ended).toMatchObject({ code: 0 })
    // process-compose waits for npm only; npm's children may exit a moment after the signal.
    await expect.poll(processes, pollOptions).toEqual([])
  })

  it("kills and restarts a server that hangs", { timeout: 180_000 }, async ({ onTestFinished }) => {
    const { directory, down, processes, stateOf, up } = project(onTestFinished)
    // The same probe with shorter periods.
    const quick = `{
      version: "0.5",
      processes: {
        app: {
          readiness_probe: { period_seconds: 1, timeout_seconds: 1, failure_threshold: 12 },
          shutdown: { timeout_seconds: 1 }
        }
      }
    }`
    writeFileSync(join(directory, "quick.yaml"), quick)
    const { ended } = await up(["process-compose.yaml", "quick.yaml"])
    const app = () => stateOf("app")

    await expect.poll(app, pollOptions).toMatchObject({ status: "Running", is_ready: "Ready" })
    const { pid = 0, restarts = 0 } = (await app()) ?? {}
    process.kill(pid, "SIGSTOP")
    const again = { status: "Running", is_ready: "Ready", restarts: restarts + 1 }
    await expect.poll(app, pollOptions).toMatchObject(again)

    expect(await down()).toMatchObject({ code: 0 })
    expect(await ended).toMatchObject({ code: 0 })
    expect(processes()).toEqual([])
  })
})
