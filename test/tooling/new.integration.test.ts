// Refusals of `evenstar new` and of the developer's command line, one line each.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { run } from "../../src/tooling/new.ts"

const root = join(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "evenstar-"))
afterAll(() => rmSync(folder, { recursive: true }))

const evenstar = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "src/tooling/evenstar.ts", ...args],
    { cwd: root, encoding: "utf8" }
  )
  return { status, stderr, stdout }
}
describe("evenstar new", () => {
  it("refuses a folder that is not empty and leaves it unchanged", () => {
    const place = join(folder, "mine")
    mkdirSync(place)
    writeFileSync(join(place, "notes.txt"), "mine")
    expect(evenstar("new", place)).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^evenstar: \S+\/mine is not empty: name a new folder\n$/)
    })
    expect(readdirSync(place)).toEqual(["notes.txt"])
  })
  it.each(["My App", "evenstar", "1st", ".hidden"])("refuses %s as a name", async (name) => {
    await expect(run([join(folder, name)])).rejects.toThrow(
      `"${name}" can't be an application's name: use lower-case letters, digits and dashes, as in my-app`
    )
    expect(readdirSync(folder)).not.toContain(name)
  })
  it("requires one folder", async () => {
    for (const args of [[], ["a", "b"]]) await expect(run(args)).rejects.toThrow("Name one folder: evenstar new myapp")
  })
})

describe("evenstar", () => {
  it("lists its commands within 80 columns, without colours", () => {
    const { status, stdout } = evenstar()
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Usage: evenstar COMMAND\n/)
    expect(stdout.split("\n").filter((line) => line.length > 80 || line.includes("\u001b"))).toEqual([])
  })
  it("refuses an unknown command", () => {
    const { status, stderr } = evenstar("neww")
    expect([status, stderr.split("\n")[0]]).toEqual([1, "evenstar: There is no command neww"])
  })
})
