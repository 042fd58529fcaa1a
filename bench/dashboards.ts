// Latency of commands while a million events are ingested into DuckDB and ten dashboards with
// distinct queries are live. Baseline: the same commands without either. Target: p99 at most 1.5x.
import { OpenDashboards, Probe, Shown } from "./support/calls.ts"
import { prefill } from "./support/log.ts"
import { quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { sleep } from "./support/rounds.ts"
import { quantile, ratios, spread } from "./support/stats.ts"

const events = quick ? 20_000 : 1_000_000
const dashboards = 10
const rounds = quick ? 1 : 3
const probes = quick ? 100 : 400
const pause = 5

await benchmark("dashboards", "commands beside ingest and ten live dashboards", async () => {
  const directory = temporary()
  await prefill(directory, events)
  const server = await startServer("src/main.ts", directory)
  const { port } = server
  await quiet(server, "The server")
  const client = startLoad("latency")
  const probe = async () => (await client.ask(Probe, { port, feed: false, count: probes, pause })).answer
  const position = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(metrics)?.[1])
    return { rows: of("evenstar_analytics_sequence"), head: of("evenstar_log_head_sequence") }
  }
  const level = async () => {
    for (;;) {
      const { head, rows } = await position()
      if (rows >= head) return
      await sleep(100)
    }
  }
  await level()
  await probe()

  const idle: Array<ReadonlyArray<number>> = []
  const loaded: Array<ReadonlyArray<number>> = []
  const shown: Array<number> = []
  const read: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    idle.push(await probe())
    const viewers = startLoad("dashboards")
    await viewers.ask(OpenDashboards, { port, dashboards })
    await fetch(`http://127.0.0.1:${port}/admin/analytics/rebuild`, { method: "POST" })
    await viewers.ask(Shown, {})
    const before = performance.now()
    loaded.push(await probe())
    const seconds = (performance.now() - before) / 1000
    read.push((await position()).rows / seconds)
    shown.push((await viewers.ask(Shown, {})).frames / seconds)
    await viewers.stop()
    await level()
    await sleep(1000)
  }

  const of = (rounds: ReadonlyArray<ReadonlyArray<number>>, share: number) =>
    rounds.map((latencies) => quantile(latencies, share))
  const row = (name: string, latencies: ReadonlyArray<ReadonlyArray<number>>) => [
    name,
    ...[0.5, 0.9, 0.99].map((share) => show(spread(of(latencies, share))))
  ]
  table(["a command's answer", "p50 ms", "p90 ms", "p99 ms"], [row("idle", idle), row("beside analytics", loaded)])
  note(`meanwhile ${show(spread(read))} events/s ingested, ${show(spread(shown))} frames/s received\n`)
  const ratio = (share: number) => ratios(of(loaded, share), of(idle, share))
  note(`ratios: p50 ${show(ratio(0.5))}, p90 ${show(ratio(0.9))}, p99 ${show(ratio(0.99))}\n`)
  target("p99 beside analytics / idle", ratio(0.99).median, "at most", 1.5)
})
