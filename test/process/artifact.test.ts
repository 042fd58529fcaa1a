// `npm run build` and `npm run build:exe`: the results run with production packages or none.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { program } from "../http/server.ts"

const root = join(import.meta.dirname, "../..")

const Lock = Schema.parseJson(
  Schema.Struct({
    packages: Schema.Record({
      key: Schema.String,
      value: Schema.Struct({ dev: Schema.optional(Schema.Boolean), devOptional: Schema.optional(Schema.Boolean) })
    })
  })
)

/** A `node_modules` as `npm ci --omit=dev` installs it, or a part of it, made of links. */
const install = (directory: string, isWanted: (path: string) => boolean) => {
  const { packages } = Schema.decodeUnknownSync(Lock)(readFileSync(join(root, "package-lock.json"), "utf8"))
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    // A nested package comes with its parent.
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev === true || devOptional === true) continue
    if (!existsSync(join(root, path)) || !isWanted(path)) continue
    mkdirSync(join(directory, dirname(path)), { recursive: true })
    symlinkSync(join(root, path), join(directory, path))
  }
}

/** Starts a server; returns its URL and a function that stops it. */
const serve = async (command: string, args: ReadonlyArray<string>, cwd: string, env: Record<string, string>) => {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
  children.push(child)
  let said = ""
  child.stderr.on("data", (part) => {
    said += part
  })
  const exit = once(child, "exit")
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`
    const url = /Evenstar is at (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return {
      url,
      said: () => said,
      stop: async () => {
        child.kill("SIGTERM")
        return (await exit)[0]
      }
    }
  }
  throw new Error(`It ended before it served: ${said}`)
}
const children: Array<ChildProcess> = []

/** A list, its page with assets, and a query: SQLite, DuckDB and browser files are present. */
const expectWorkingServer = async (url: string) => {
  const made = await fetch(`${url}/api/lists`, { method: "POST" })
  expect(made.status).toBe(201)
  const { listId } = Schema.decodeUnknownSync(Schema.Struct({ listId: Schema.String }))(await made.json())
  const page = await (await fetch(`${url}/lists/${listId}`)).text()
  const files = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, path]) => path ?? "")
  expect(new Set(files).size).toBe(4)
  for (const file of files) {
    const { headers, status } = await fetch(`${url}${file}`)
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"])
  }
  await expect
    .poll(async () => (await fetch(`${url}/api/analytics/active_lists`)).status, { timeout: 20_000 })
    .toBe(200)
  await expect
    .poll(async () => (await fetch(`${url}/api/analytics/daily_counts`)).text(), { timeout: 20_000 })
    .toContain("ListCreated")
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "evenstar-"))
})
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  rmSync(directory, { recursive: true })
})

/** The packages with a native module, and their dependencies. */
const isNative = (path: string) =>
  /\/(better-sqlite3|bindings|file-uri-to-path|detect-libc|@duckdb\/node-bindings[\w-]*)$/.test(path)

describe("npm run build", () => {
  it.each([
    ["production's packages", () => true],
    ["the packages with a native module", isNative]
  ])("builds a program that runs with %s alone", async (name, isWanted) => {
    const place = join(directory, name)
    cpSync(dirname(program[0] ?? ""), join(place, "dist"), { recursive: true })
    cpSync(join(root, "package.json"), join(place, "package.json"))
    install(place, isWanted)
    expect(existsSync(join(place, "node_modules/better-sqlite3"))).toBe(true)
    expect(existsSync(join(place, "node_modules/vitest"))).toBe(false)
    const { stop, url } = await serve(process.execPath, ["dist/evenstar.js"], place, { PORT: "0" })
    await expectWorkingServer(url)
    // A build defaults to production.
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    expect(await stop()).toBe(0)
  })
})

describe("npm run build:exe", { timeout: 240_000 }, () => {
  let executable: string
  beforeAll(() => {
    executable = join(directory, "evenstar")
    execFileSync(
      process.execPath,
      ["--import", "tsx", "src/tooling/evenstar.ts", "build", "--executable", executable],
      { cwd: root, stdio: "ignore" }
    )
  }, 240_000)
  const empty = (name: string) => {
    const place = join(directory, name)
    mkdirSync(place)
    return place
  }

  it("builds one file that runs with an empty environment in an empty directory", async () => {
    const place = empty("empty")
    cpSync(executable, join(place, "evenstar"))
    const { said, stop, url } = await serve("./evenstar", [], place, { PORT: "0" })
    await expectWorkingServer(url)
    expect(await stop()).toBe(0)
    expect(said()).not.toMatch(/[Ww]arning|Error/)
    expect(readdirSync(place).sort()).toEqual(["data", "evenstar"])
    const env = {}
    const verify = spawnSync("./evenstar", ["verify"], { cwd: place, env, encoding: "utf8" })
    expect([verify.status, verify.stdout]).toEqual([0, expect.stringContaining("Verified")])
    const backup = spawnSync("./evenstar", ["backup", "copy.db"], { cwd: place, env, encoding: "utf8" })
    expect([backup.status, existsSync(join(place, "copy.db"))]).toEqual([0, true])
    const sql = spawnSync("./evenstar", ["sql", "SELECT count(*) AS found FROM events"], {
      cwd: place,
      env,
      encoding: "utf8"
    })
    expect([sql.status, sql.stdout]).toEqual([0, expect.stringMatching(/found\s+-+\s+1\b/)])
  })

  it("needs no Node, modules or files of the project: it runs in a chroot without any", async () => {
    if (process.getuid?.() !== 0) return expect(process.env["CI"]).not.toBe("true")
    const place = empty("root")
    cpSync(executable, join(place, "evenstar"))
    for (const [, path = ""] of execFileSync("ldd", [executable], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g)) {
      mkdirSync(join(place, dirname(path)), { recursive: true })
      copyFileSync(path, join(place, path))
    }
    for (const name of ["proc", "dev", "tmp"]) mkdirSync(join(place, name))
    execFileSync("mknod", [join(place, "dev/urandom"), "c", "1", "9"])
    const { stop, url } = await serve("chroot", [place, "/evenstar"], directory, {
      PORT: "0",
      PATH: process.env["PATH"] ?? ""
    })
    await expectWorkingServer(url)
    expect(await stop()).toBe(0)
  })

  it("extracts its native modules once, atomically, and removes those of other versions", async () => {
    const place = empty("natives")
    const natives = join(place, "data/native")
    for (const name of ["0123456789abcdef", "fedcba9876543210.aBcDeF"])
      mkdirSync(join(natives, name), { recursive: true })
    utimesSync(join(natives, "fedcba9876543210.aBcDeF"), 0, 0)
    const run = () => spawnSync(executable, ["sql", "SELECT 1"], { cwd: place, env: {}, encoding: "utf8" })
    expect(run().status).toBe(0)
    const [name = "", ...others] = readdirSync(natives)
    expect(others).toEqual([])
    const before = statSync(join(natives, name)).ctimeMs
    expect(run().status).toBe(0)
    expect(statSync(join(natives, name)).ctimeMs).toBe(before)
    // For example, truncated by a power failure.
    truncateSync(join(natives, name, "libduckdb.so"))
    expect(run().status).toBe(0)
    expect(statSync(join(natives, name, "libduckdb.so")).size).toBeGreaterThan(1_000_000)
  })

  it("neither writes into another user's cache nor loads code from it", () => {
    if (process.getuid?.() !== 0) return expect(process.env["CI"]).not.toBe("true")
    const place = empty("other")
    const data = join(place, "data")
    mkdirSync(data)
    const env = { DATA_DIR: data, TMPDIR: place }
    const run = () => spawnSync(executable, ["sql", "SELECT 1"], { cwd: place, env, encoding: "utf8" })
    expect(run().status).toBe(0)
    chownSync(data, 65_534, 65_534)
    const [name = ""] = readdirSync(join(data, "native"))
    for (const file of readdirSync(join(data, "native", name)))
      writeFileSync(join(data, "native", name, file), "not code")
    expect(run()).toMatchObject({ status: 0, stderr: "" })
    expect(readdirSync(place)).toEqual(["data"])
  })
})
