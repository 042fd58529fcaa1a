// The stack with other features than the product, from copies of its sources: the polls only, and
// none. Only a feature's folder and its line in main.ts are removed.
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startProcess } from "../http/server.ts"

const root = join(import.meta.dirname, "../..")
const product = readdirSync(join(root, "src/features"))
const run = promisify(execFile)

/** Shared by all copies: the product's dependencies. */
const copies = mkdtempSync(join(tmpdir(), "evenstar-"))
symlinkSync(join(root, "node_modules"), join(copies, "node_modules"))
afterAll(() => rmSync(copies, { recursive: true, force: true }))

/** The sources with these features only. */
const copyWith = (features: ReadonlyArray<string>) => {
  const directory = join(copies, ["with", ...features].join("-"))
  for (const name of ["src", "package.json", "tsconfig.json"]) {
    cpSync(join(root, name), join(directory, name), { recursive: true })
  }
  const main = join(directory, "src/main.ts")
  const lines = readFileSync(main, "utf8").split("\n")
  const isOf = (line: string, name: string) => line.includes(`./features/${name}/`)
  const gone = product.filter((name) => !features.includes(name))
  for (const name of gone) rmSync(join(directory, "src/features", name), { recursive: true })
  const kept = lines.filter((line) => !gone.some((name) => isOf(line, name)))
  writeFileSync(main, kept.join("\n").replace(/application\(\[[^\]]*\]\)/, `application([${features.join(", ")}])`))
  return directory
}

const sets = [
  ["polls alone", ["polls"]],
  ["no feature", []]
] as const

describe.each(sets)("stack with %s", (_, features) => {
  const directory = copyWith(features)
  const release = join(directory, "dist/evenstar.js")
  beforeAll(async () => {
    const build = `import { projectAt } from "./src/tooling/project.ts"
      import { bundleServer } from "./src/tooling/server.ts"
      await bundleServer({ project: projectAt(), directory: "dist", assets: ${JSON.stringify(join(root, "static/dist"))}, format: "esm" })`
    await run(process.execPath, ["--import", "tsx", "--input-type=module", "-e", build], { cwd: directory })
  }, 120_000)

  it("starts, streams its log, is backed up, restored and verified", { timeout: 60_000 }, async ({
    onTestFinished
  }) => {
    const data = join(directory, "data")
    const backup = join(directory, "backup.db")
    const command = async (dataDir: string, ...args: ReadonlyArray<string>) => {
      const env = { PATH: process.env["PATH"], NODE_ENV: "development", DATA_DIR: dataDir }
      return (await run(process.execPath, [release, ...args], { env })).stdout
    }
    mkdirSync(data)
    const server = await startProcess(data, {}, { release })
    onTestFinished(async () => void (await server.stop("SIGKILL")))

    const abort = new AbortController()
    const stream = await fetch(`${server.url}/events`, { signal: abort.signal })
    expect(stream.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    /** Waits for the server's first event. */
    const until = async (expected: RegExp) => {
      let text = ""
      while (!expected.test(text)) text += (await reader?.read())?.value ?? expect.fail(`The stream ended: ${text}`)
      return text
    }
    await until(/id: 0\n/)

    const page = await (await fetch(server.url)).text()
    expect(page).not.toMatch(/todo|What needs doing/i)
    expect((await fetch(`${server.url}/api/lists`, { method: "POST" })).status).toBe(404)
    expect((await fetch(`${server.url}/api/openapi.json`)).status).toBe(200)
    expect((await fetch(`${server.url}/analytics`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: "ok" })
    if (features.length === 0) {
      expect(page).toContain("There is nothing here yet")
    } else {
      expect(page).toContain("Start a poll")
      const body = JSON.stringify({ question: "Alone?", options: ["Yes", "No"] })
      const headers = { "content-type": "application/json" }
      expect((await fetch(`${server.url}/api/polls`, { method: "POST", headers, body })).status).toBe(201)
      expect(await until(/event: PollCreated\n[\s\S]*\n\n/)).toContain('"question":"Alone?"')
    }
    abort.abort()

    expect(await command(data, "backup", backup)).toMatch(/^Copied the log up to event [01] /)
    expect(await server.stop("SIGTERM")).toBe(0)
    const other = join(directory, "other")
    mkdirSync(other)
    expect(await command(other, "restore", backup)).toMatch(/Restored [01] events?\n/)
    for (const place of [data, other]) {
      expect(await command(place, "verify")).toMatch(/^Verified: [01] events? of [01] aggregates?/)
    }
    // The restored directory is served.
    const again = await startProcess(other, {}, { release })
    onTestFinished(async () => void (await again.stop("SIGKILL")))
    expect((await fetch(again.url)).status).toBe(200)
  })
})

// Of `npm run check`, only the types of src, for all copies at once: a removed feature's tests
// cannot compile, and format and lint are per file.
it("no stack with fewer features has a type error", { timeout: 120_000 }, async () => {
  const config = { extends: join(root, "tsconfig.json"), include: ["*/src"] }
  writeFileSync(join(copies, "tsconfig.json"), JSON.stringify(config))
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const said = await run(process.execPath, [tsc, "--noEmit", "-p", copies]).then(
    ({ stdout }) => stdout,
    ({ stdout }) => String(stdout)
  )
  expect(said).toBe("")
})
