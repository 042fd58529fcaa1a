// A single node with SQLite loads none of the code for several nodes.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Schema from "effect/Schema"
import { describe, expect, it, onTestFinished } from "vitest"
import { program } from "../http/server.ts"

const root = join(import.meta.dirname, "../..")

/** Packages and files that only a setting loads. */
const optionalModules =
  /node_modules\/(pg|pg-[\w-]+|@effect\/sql-pg|@nats-io\/[\w-]+|@eclipse-zenoh\/[\w-]+)\/|src\/layers\/postgres\/(?!Postgres(Backend)?\.ts)|src\/layers\/eventBus\/(?!EventBus(Backend)?\.ts|LocalBus\.ts)/

const SourceMap = Schema.parseJson(Schema.Struct({ sources: Schema.Array(Schema.String) }))

/** The modules in a chunk of the built program; otherwise the module itself. */
const contents = (file: string) =>
  existsSync(`${file}.map`) ? Schema.decodeUnknownSync(SourceMap)(readFileSync(`${file}.map`, "utf8")).sources : [file]

/** All modules loaded by a process when it becomes ready. */
const loaded = async (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const log = join(directory, "modules")
  const hook = pathToFileURL(join(import.meta.dirname, "moduleLog.mjs")).href
  const child = spawn(process.execPath, ["--import", hook, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: directory, MODULE_LOG: log, ...env },
    stdio: ["ignore", "pipe", "inherit"]
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
    rmSync(directory, { recursive: true, force: true })
  })
  const exit = once(child, "exit")
  for await (const line of createInterface({ input: child.stdout })) if (line.includes("Evenstar is at")) break
  child.stdout.resume()
  child.kill("SIGTERM")
  await exit
  const modules = readFileSync(log, "utf8").split("\n").filter(Boolean)
  const files = modules
    .filter((it) => !it.startsWith("node:") && !it.startsWith("data:"))
    .map((it) => (it.startsWith("file:") ? fileURLToPath(it.replace(/[?#].*/, "")) : it))
  return [...new Set(files.flatMap(contents))]
}

describe.each([
  ["the sources", ["--import", "tsx", "src/main.ts"]],
  ["the built program", program]
])("%s", (_, args) => {
  it("loads no other database or bus by default", async () => {
    const modules = await loaded(args)
    expect(modules.length).toBeGreaterThan(100)
    expect(modules.filter((it) => optionalModules.test(it))).toEqual([])
  })

  it("loads the configured bus and no other", async () => {
    // No server is there: the start does not wait for it.
    const modules = await loaded(args, { EVENT_BUS: "nats", NATS_URL: "nats://127.0.0.1:1" })
    const found = modules.filter((it) => optionalModules.test(it)).join("\n")
    expect(found).toContain("src/layers/eventBus/NatsTransport.ts")
    expect(found).toContain("@nats-io/transport-node")
    expect(found).not.toMatch(/PostgresTransport|ZenohTransport|node_modules\/(pg|@effect\/sql-pg|@eclipse-zenoh)\//)
  })
})
