// GET of a cached query result of about 20 KB over 64 keep-alive connections, and its revalidation
// by ETag. Baseline: a bare `node:http` server that sends the same prepared buffer. Target: half of
// its requests/s.
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { GetAgain } from "./support/calls.ts"
import { quiet, type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const connections = 64
const rounds = quick ? 2 : 7
const seconds = quick ? 1 : 4
/** Days and event types give about 350 rows. */
const demo = ["--events", "20000", "--months", "2", "--until", "2026-06-30T12:00:00Z"]
const path = "/api/analytics/daily_counts?from=2026-05-01&to=2026-06-23"
const root = join(import.meta.dirname, "..")

type Name = "evenstar" | "node:http"
type Kind = "200" | "304"

await benchmark("cached-query", "GET of a cached query result, 64 connections", async () => {
  const directory = temporary()
  const command = ["--import", "tsx", "src/main.ts", "demo", "--no-serve", ...demo, "--data-dir", directory]
  execFileSync(process.execPath, command, { cwd: root, stdio: "ignore" })
  const evenstar = await startServer("src/main.ts", directory)
  await quiet(evenstar, "The server")
  const first = await fetch(`http://127.0.0.1:${evenstar.port}${path}`)
  const body = Buffer.from(await first.arrayBuffer())
  const etag = first.headers.get("etag") ?? ""
  const bareDirectory = temporary()
  writeFileSync(join(bareDirectory, "body"), body)
  const bare = await startServer("bench/baselines/buffer.ts", bareDirectory)
  const load = startLoad("buffer")
  note(`${show(body.length)} bytes; ${rounds} rounds of ${seconds} s\n`)

  const run = async ({ cpu, port }: Server, kind: Kind, tag: string, time: number) => {
    const headers = kind === "304" ? `If-None-Match: ${tag}\r\n` : ""
    const before = cpu()
    const asked = { port, path, headers, status: Number(kind), connections, seconds: time }
    const { p50, p99, requests, seconds: took } = await load.ask(GetAgain, asked)
    const figures = { perSecond: requests / took, cpu: ((cpu() - before) / requests) * 1e6, p50, p99 }
    await sleep(quick ? 100 : 300)
    return figures
  }
  for (const kind of ["200", "304"] as const) {
    const ours = (time: number) => () => run(evenstar, kind, etag, time)
    const theirs = (time: number) => () => run(bare, kind, '"body"', time)
    await ours(2)()
    await theirs(2)()
    const results = await interleaved<Name, Awaited<ReturnType<typeof run>>>(rounds, [
      ["evenstar", ours(seconds)],
      ["node:http", theirs(seconds)]
    ])
    const of = (name: Name, field: "perSecond" | "cpu" | "p50" | "p99") => results(name).map((it) => it[field])
    note(kind)
    table(
      ["", "requests/s", "CPU us/request", "p50 ms", "p99 ms"],
      (["evenstar", "node:http"] as const).map((name) => [
        name,
        ...(["perSecond", "cpu", "p50", "p99"] as const).map((field) => show(spread(of(name, field))))
      ])
    )
    const ratio = ratios(of("evenstar", "perSecond"), of("node:http", "perSecond"))
    note(`ratio ${show(ratio)}, of CPU ${show(ratios(of("evenstar", "cpu"), of("node:http", "cpu")))}\n`)
    target(`${kind}: requests/s / node:http`, ratio.median, "at least", 0.5)
  }
})
