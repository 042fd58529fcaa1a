// The built program from its start to the first 200 of /health/ready, and its resident memory then:
// on an empty directory and on a log of 100,000 events, as a bundle and as one executable.
// Baseline: Node with a bare server. Targets: 0.6 s, 0.3 s more with the log, 150 MB.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { get } from "node:http"
import { join } from "node:path"
import { temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { spread } from "./support/stats.ts"

const rounds = quick ? 2 : 9
const events = 100_000
const root = join(import.meta.dirname, "..")
const port = 20_000 + Math.floor(Math.random() * 10_000)
/** Milliseconds until background work of a start is done. */
const settled = quick ? 500 : 3000

const bare = `require("node:http").createServer((_, response) => response.end()).listen(process.env.PORT, "127.0.0.1")`
type Name = "node:http" | "empty" | "100,000 events" | "executable, empty" | "executable, 100,000 events"

const isReady = () =>
  new Promise<boolean>((resolve) => {
    get({ port, host: "127.0.0.1", path: "/health/ready", agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).on("error", () => resolve(false))
  })

const memory = ({ pid }: ChildProcess) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000

await benchmark("start", "start to ready, and memory, of the built program", async () => {
  execFileSync("npm", ["run", "build"], { cwd: root, stdio: "ignore" })
  execFileSync("npm", ["run", "build:exe"], { cwd: root, stdio: "ignore" })
  const filled = temporary()
  const program = join(root, "dist/evenstar.js")
  const demo = ["demo", "--no-serve", "--events", String(events), "--data-dir", filled]
  execFileSync(process.execPath, [program, ...demo], { stdio: "ignore" })
  const script = join(temporary(), "bare.cjs")
  writeFileSync(script, bare)

  const start = async (command: string, args: ReadonlyArray<string>, directory: string) => {
    const began = performance.now()
    const child = spawn(command, args, {
      env: { PORT: String(port), DATA_DIR: directory, LOG_LEVEL: "none" },
      stdio: ["ignore", "ignore", "inherit"]
    })
    while (!(await isReady())) await sleep(2)
    const ready = performance.now() - began
    await sleep(settled)
    const resident = memory(child)
    const ended = once(child, "exit")
    child.kill("SIGTERM")
    await ended
    return { ready, resident }
  }
  const node = (directory: string) => () => start(process.execPath, [program], directory)
  /** Native modules are extracted beforehand; the first start is reported separately. */
  const executable = join(root, "dist/evenstar")
  const withNatives = (directory: string) => async () => start(executable, [], directory)
  const empty = async (run: (directory: string) => () => Promise<{ ready: number; resident: number }>) => {
    const directory = temporary()
    if (run === withNatives) cpSync(join(prepared, "native"), join(directory, "native"), { recursive: true })
    return run(directory)()
  }
  const prepared = temporary()
  const first = await start(executable, [], prepared)
  cpSync(join(prepared, "native"), join(filled, "native"), { recursive: true })
  // Lets analytics read the log before measuring.
  for (const run of [node(filled), withNatives(filled)]) await run()
  await sleep(settled)

  const cases: ReadonlyArray<[Name, () => Promise<{ ready: number; resident: number }>]> = [
    ["node:http", () => start(process.execPath, [script], filled)],
    ["empty", () => empty(node)],
    ["100,000 events", node(filled)],
    ["executable, empty", () => empty(withNatives)],
    ["executable, 100,000 events", withNatives(filled)]
  ]
  const results = await interleaved<Name, { ready: number; resident: number }>(rounds, cases)
  const of = (name: Name, field: "ready" | "resident") => spread(results(name).map((it) => it[field]))
  table(
    ["", "ms to ready", "MB resident"],
    cases.map(([name]) => [name, show(of(name, "ready")), show(of(name, "resident"))])
  )
  note(`The executable's first start, which extracts its native modules: ${show(first.ready)} ms\n`)
  const ready = of("empty", "ready").median
  target("ms to ready, empty", ready, "at most", 600)
  target("ms more with 100,000 events", of("100,000 events", "ready").median - ready, "at most", 300)
  target("MB resident, empty", of("empty", "resident").median, "at most", 150)
  target("MB resident, 100,000 events", of("100,000 events", "resident").median, "at most", 150)
})
