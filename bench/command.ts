// HTTP command to durable event: `POST /api/lists/{id}/todos` of 40 bytes over 64 keep-alive
// connections, with the load generator in a second process. Baseline: bare `node:http` with the
// same group commit. Targets: 6,000 requests/s and 0.45x.
import { AddTodos } from "./support/calls.ts"
import { fileSystem, type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const connections = 64
const rounds = quick ? 2 : 5
const seconds = quick ? 1 : 4

type Name = "evenstar" | "node:http"

await benchmark("command", "POST of a todo, 64 connections, one durable event each", async () => {
  const directory = temporary()
  const evenstar = await startServer("src/main.ts", directory)
  const bare = await startServer("bench/baselines/command.ts", temporary())
  const load = startLoad("command")
  note(`On ${fileSystem(directory)}; ${rounds} rounds of ${seconds} s\n`)

  const run = async ({ cpu, port }: Server, time: number) => {
    const [before, loadBefore] = [cpu(), load.cpu()]
    const { p50, p99, requests } = await load.ask(AddTodos, { port, connections, seconds: time })
    const figures = {
      perSecond: requests / time,
      cpu: ((cpu() - before) / requests) * 1e6,
      load: (load.cpu() - loadBefore) / time,
      p50,
      p99
    }
    await sleep(quick ? 100 : 500)
    return figures
  }
  for (const server of [evenstar, bare]) await run(server, quick ? 1 : 3)
  const results = await interleaved<Name, Awaited<ReturnType<typeof run>>>(rounds, [
    ["evenstar", () => run(evenstar, seconds)],
    ["node:http", () => run(bare, seconds)]
  ])

  const of = (name: Name, field: "perSecond" | "cpu" | "load" | "p50" | "p99") =>
    results(name).map((figures) => figures[field])
  const row = (name: Name) => [
    name,
    ...(["perSecond", "cpu", "p50", "p99", "load"] as const).map((field) => show(spread(of(name, field))))
  ]
  table(["", "requests/s", "CPU us/request", "p50 ms", "p99 ms", "load cores"], [row("evenstar"), row("node:http")])
  const ratio = ratios(of("evenstar", "perSecond"), of("node:http", "perSecond"))
  note(`ratio ${show(ratio)}\n`)
  target("requests/s", spread(of("evenstar", "perSecond")).median, "at least", 6000)
  target("requests/s / node:http", ratio.median, "at least", 0.45)
})
