// `evenstar demo` as a process: its result, its refusals and its shutdown.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Running, runToEnd, start } from "./process.ts"

/** Each test starts processes: this timeout only catches a hang. */
const pollOptions = { timeout: 120_000 }

let temporary: string
let running: Array<Running>
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "evenstar-"))
  running = []
})
afterEach(async () => {
  for (const { child, ended } of running) {
    // Interrupted rather than killed, so that its server stops too.
    child.kill("SIGTERM")
    await ended
  }
  rmSync(temporary, { recursive: true, force: true })
})

const refused = async (args: ReadonlyArray<string>, expected: RegExp, env: Record<string, string> = {}) => {
  const { code, stderr } = await runToEnd(temporary, args, env)
  expect(stderr).toMatch(expected)
  expect(stderr.trim().split("\n")).toHaveLength(1)
  expect(code).toBe(1)
}
const started = (...args: Parameters<typeof start>) => {
  const it = start(...args)
  running.push(it)
  return it
}

describe("evenstar demo --no-serve", pollOptions, () => {
  const into = (directory: string) => ["demo", "--no-serve", "--events", "2000", "--data-dir", directory]

  it("fills a directory and refuses to fill it again", async () => {
    const directory = join(temporary, "data")
    const { code, stderr, stdout } = await runToEnd(temporary, into(directory))
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(/^2,000 events .*\n100 % .*\n$/)
    expect(readdirSync(directory)).toEqual(["evenstar.db"])
    await refused(into(directory), /^evenstar: .*data already has a database/)
  })

  it("removes a partial result when interrupted", async () => {
    const directory = join(temporary, "data")
    const it = started(temporary, ["demo", "--no-serve", "--events", "100000000", "--data-dir", directory])
    await it.said(/^(100,000,000 events)/)
    await expect.poll(() => existsSync(join(directory, "evenstar.db"))).toBe(true)
    it.child.kill("SIGINT")
    expect(await it.ended).toMatchObject({ code: 130, stderr: "" })
    expect(readdirSync(directory)).toEqual([])
  })

  it.each([
    ["--no-serve", /^evenstar: --no-serve needs a --data-dir/],
    ["--until=2999-01-01", /^evenstar: --until is in the future/],
    ["--events=0", /--events must be from 1 to/]
  ])("refuses %s in one line", (option, expected) => refused(["demo", option], expected))

  it("refuses an invalid setting and a directory that cannot be created", async () => {
    await refused(into(join(temporary, "data")), /^evenstar: Bad setting: .*LOG_LEVEL/, { LOG_LEVEL: "loud" })
    writeFileSync(join(temporary, "file"), "")
    await refused(into(join(temporary, "file/data")), /^evenstar: .*ENOTDIR/)
  })
})

describe("evenstar demo", pollOptions, () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("serves the demo until %s and then removes it", async (signal) => {
    const it = started(temporary, ["demo", "--events", "2000"], { PORT: "0" })
    const url = await it.said(/The dashboard is at (http:\S+)\/analytics/)
    expect(readdirSync(temporary)).toContainEqual(expect.stringMatching(/^evenstar-demo-/))
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("evenstar_log_head_sequence 2000")
    it.child.kill(signal)
    expect(await it.ended).toMatchObject({ code: 130, stderr: "" })
    expect(readdirSync(temporary).filter((name) => name.startsWith("evenstar-demo-"))).toEqual([])
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })

  it("reports a port in use before it generates anything", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    await refused(["demo"], /^evenstar: Can't listen on .*EADDRINUSE/, { PORT: `${port}` })
    taken.close()
  })
})

describe("evenstar", pollOptions, () => {
  it("serves without a command and exits as the server does", async () => {
    const it = started(temporary, [], { PORT: "0", DATA_DIR: join(temporary, "data") })
    const url = await it.said(/Evenstar is at (http:\S+)/)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    it.child.kill("SIGINT")
    expect((await it.ended).code).toBe(0)
  })

  it("refuses an unknown command", () => refused(["undo"], /Invalid subcommand for evenstar - use .*'demo'/))
})
