// The npm package and an application that depends on it: created in an empty folder, installed from
// the tarball, tested, run, built, and upgraded from the previous version with its database.
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify, stripVTControlCharacters } from "node:util"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { startProcess } from "../http/server.ts"
import { packing } from "../packing.ts"

const root = join(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "evenstar-"))
const app = join(folder, "myapp")
const data = join(folder, "data")
afterAll(() => rm(folder, { recursive: true, force: true }), 120_000)

/** Without npm's variables about this repository and without this run's settings. */
const isForeign = /^(npm_(package|lifecycle|command)|NODE_ENV$|VITEST|EVENSTAR)/
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign.test(name))),
  DATA_DIR: data
}
const run = async (command: string, args: ReadonlyArray<string>, cwd = app, more: Record<string, string> = {}) => {
  const { stderr, stdout } = await promisify(execFile)(command, [...args], {
    cwd,
    env: { ...env, ...more },
    maxBuffer: 64 * 1024 * 1024
  }).catch((error: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`${command} ${args.join(" ")} failed:\n${error.stdout}\n${error.stderr}`)
  })
  return stripVTControlCharacters(stdout + stderr)
}
const install = (...args: ReadonlyArray<string>) =>
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...args])

/** The same package with a lower version, as the previous one. */
const packPrevious = async (tarball: string) => {
  await run("tar", ["-xzf", tarball, "-C", folder], folder)
  const file = join(folder, "package/package.json")
  const text = readFileSync(file, "utf8")
  expect(text).toContain('"version": "0.1.0"')
  writeFileSync(file, text.replace('"version": "0.1.0"', '"version": "0.0.9"'))
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", app], join(folder, "package"))
  return "evenstar-0.0.9.tgz"
}
const installed = () => JSON.parse(readFileSync(join(app, "node_modules/evenstar/package.json"), "utf8")).version

/** Runs the application as a process until the test ends. */
const start = async (program: ReadonlyArray<string>, settings: Record<string, string> = {}) => {
  const server = await startProcess(data, settings, { cwd: app, program })
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop("SIGKILL")
  })
  return server
}
const fromSources = ["--import", "tsx", "src/main.ts"]

const json = async (url: string, body?: unknown) => {
  const headers = { "content-type": "application/json" }
  const response = await fetch(url, body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) })
  expect(response.ok, url).toBe(true)
  return response.json()
}

let tarball: string
let counterId: string
beforeAll(async () => {
  const args = ["--import", "tsx", "src/tooling/evenstar.ts", "new", app]
  const said = await packing((more) => run(process.execPath, args, root, more))
  expect(said).toContain("npm install\n")
  const [name = ""] = readdirSync(app).filter((it) => it.endsWith(".tgz"))
  tarball = join(app, name)
}, 300_000)

describe("npm pack", () => {
  it("packs less than 1 MB, without the product's features", async () => {
    expect(statSync(tarball).size).toBeLessThan(1024 * 1024)
    const files = (await run("tar", ["-tzf", tarball])).split("\n")
    expect(files).toContain("package/lib/index.d.ts")
    expect(files).toContain("package/web/index.ts")
    expect(files.filter((file) => /^package\/(src|lib\/(features|main))\b|\/data\/|\.db$/.test(file))).toEqual([])
  })
})

describe("application in a separate folder", { timeout: 300_000 }, () => {
  it("installs the previous version and runs with `tsx src/main.ts`", async () => {
    // Installed packages of the same versions, with compiled native modules: npm finds them in
    // place.
    const packages = join(root, "node_modules")
    cpSync(packages, join(app, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path !== join(packages, ".package-lock.json")
    })
    const file = join(app, "package.json")
    const previous = await packPrevious(tarball)
    writeFileSync(file, readFileSync(file, "utf8").replace(basename(tarball), previous))
    await install()
    expect(installed()).toBe("0.0.9")
    const { stop, url } = await start(fromSources)
    const made = await json(`${url}/api/counters`, { name: "Cups of tea" })
    counterId = made.counterId
    await json(`${url}/api/counters/${counterId}/count`, { by: 1 })
    expect(await stop("SIGTERM")).toBe(0)
  })

  it("upgrades to this version and keeps its database", async () => {
    await install(`./${basename(tarball)}`)
    expect(installed()).toBe("0.1.0")
    const { stop, url } = await start(fromSources)
    expect(await json(`${url}/api/counters/${counterId}`)).toMatchObject({ name: "Cups of tea", count: 1 })
    expect(await stop("SIGTERM")).toBe(0)
    expect(await run("npx", ["tsx", "src/main.ts", "verify"])).toContain("Verified: 2 events of 1 aggregate")
  })

  it("has one copy of each package that must be a singleton", () => {
    const nested = readdirSync(join(app, "node_modules"), { recursive: true, encoding: "utf8" }).filter((path) =>
      /(^|\/)node_modules\/(effect|preact|@effect\/platform)$/.test(path)
    )
    expect(nested).toEqual([])
  })

  it("passes its tests and its check", async () => {
    expect(await run("npm", ["test"])).toMatch(/Test Files {2}2 passed/)
    await run("npm", ["run", "check"])
  })

  it("shows a posted form in a feed, on its own pages", async () => {
    const { stop, url } = await start(fromSources)
    const page = await (await fetch(`${url}/`)).text()
    expect(page).toContain("What do you want to count?")
    expect(page).toContain("<title>myapp</title>")
    const missing = await fetch(`${url}/nothing`)
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("· myapp</title>")])
    expect((await fetch(`${url}/analytics`)).status).toBe(200)
    for (const [, path = ""] of page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200])
    }
    const [, script = ""] = /src="(\/static\/index\.[^"]+\.js)"/.exec(page) ?? []
    expect(await (await fetch(`${url}${script}`)).text()).toContain("htmx")

    const abort = new AbortController()
    const feed = await fetch(`${url}/counters/${counterId}/feed`, { signal: abort.signal })
    const reader = feed.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    const until = async (expected: RegExp) => {
      while (!expected.test(text)) text += (await reader?.read())?.value ?? expect.fail(`The feed ended: ${text}`)
    }
    await until(/id="count"[^>]*>1</)
    const body = new URLSearchParams()
    expect((await fetch(`${url}/counters/${counterId}/up`, { method: "POST", redirect: "manual", body })).status).toBe(
      303
    )
    await until(/id="count"[^>]*>2</)
    abort.abort()
    expect(await stop("SIGTERM")).toBe(0)
  })

  it("builds, and the build runs", async () => {
    await run("npm", ["run", "build"])
    const { stop, url } = await start(["dist/myapp.js"], { NODE_ENV: "production" })
    expect(await json(`${url}/api/counters/${counterId}`)).toMatchObject({ count: 2 })
    const page = await (await fetch(`${url}/`)).text()
    const [, style = ""] = /href="(\/static\/application\.[^"]+\.css)"/.exec(page) ?? []
    expect(await (await fetch(`${url}${style}`)).text()).toContain(".count")
    const { icons, name } = await json(`${url}/manifest.webmanifest`)
    expect([name, icons.length]).toEqual(["myapp", 4])
    for (const { src } of icons) expect([src, (await fetch(`${url}${src}`)).status]).toEqual([src, 200])
    expect(await stop("SIGTERM")).toBe(0)
  })

  it("imports any module of the package without side effects", async () => {
    const lib = join(app, "node_modules/evenstar/lib")
    const modules = readdirSync(lib, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js") && !file.startsWith("tooling/"))
      .map((file) => `./node_modules/evenstar/lib/${file}`)
    const names = [
      "evenstar",
      "evenstar/domain",
      "evenstar/testing",
      "evenstar/cli",
      "evenstar/layers/eventStore/EventStore"
    ]
    const script = `for (const it of ${JSON.stringify([...modules, ...names])}) await import(it)`
    expect(modules.length).toBeGreaterThan(200)
    expect(await run(process.execPath, ["--input-type=module", "-e", script])).toBe("")
  })
})
