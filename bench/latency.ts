// Latency from an HTTP command to its server-sent event: a client waits on `/events` and on its
// list's feed, idle and under 1,000 commands/s, with 10,000 and 1,000,000 events in the log.
// Baseline: a bare `node:http` server with group commit. Targets: idle p50 3 ms, p99 40 ms; with a
// million events within 1.3x.
import { PrepareLists, Probe, RenameTodos } from "./support/calls.ts"
import { prefill } from "./support/log.ts"
import { quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { quantile, ratios, spread } from "./support/stats.ts"

const short = 10_000
const long = quick ? 50_000 : 1_000_000
const rounds = quick ? 1 : 4
const probes = quick ? 100 : 300
const rate = quick ? 100 : 1000
const pause = 5

type Name = "short" | "long" | "node:http"
const names = ["short", "long", "node:http"] as const
const label = {
  short: `evenstar, ${show(short)} events`,
  long: `evenstar, ${show(long)} events`,
  "node:http": "node:http"
}

/** One server with its probing client and background load, each a process. */
const contender = async (name: Name, events: number) => {
  const directory = temporary()
  if (name !== "node:http") await prefill(directory, events)
  const server = await startServer(name === "node:http" ? "bench/baselines/command.ts" : "src/main.ts", directory)
  await quiet(server, label[name])
  const { port } = server
  const client = startLoad("latency")
  const others = startLoad("lists")
  const feed = name !== "node:http"
  await others.ask(PrepareLists, { port, lists: 200, subscribe: false })

  const probe = async (count: number) => {
    const { answer, event, fragment } = await client.ask(Probe, { port, feed, count, pause })
    // The slower of the two streams counts.
    return { answer, event, fragment, both: event.map((at, index) => Math.max(at, fragment[index] ?? 0)) }
  }
  const idle = () => probe(probes)
  const loaded = async () => {
    // The background load outlasts the probes (at most about 12 ms each).
    const background = others.ask(RenameTodos, { rate, seconds: (probes * 12) / 1000 })
    await sleep(300)
    const found = await probe(Math.ceil(probes / 2))
    const { commands, seconds } = await background
    return { ...found, achieved: commands / seconds }
  }
  await probe(quick ? 50 : 300)
  return { idle, loaded }
}

type Probed = Awaited<ReturnType<Awaited<ReturnType<typeof contender>>["idle"]>>

await benchmark("latency", "HTTP command to server-sent event", async () => {
  const started = Date.now()
  const [a, b, c] = [await contender("short", short), await contender("long", long), await contender("node:http", 0)]
  note(`Logs and servers were ready after ${Math.round((Date.now() - started) / 1000)} s; ${rounds} rounds\n`)
  const idle = await interleaved<Name, Probed>(rounds, [
    ["short", a.idle],
    ["long", b.idle],
    ["node:http", c.idle]
  ])
  const loaded = await interleaved<Name, Probed & { readonly achieved: number }>(rounds, [
    ["short", a.loaded],
    ["long", b.loaded],
    ["node:http", c.loaded]
  ])

  type Kind = keyof Probed
  const of = (results: (name: Name) => ReadonlyArray<Probed>, name: Name, kind: Kind, share: number) =>
    results(name).map((round) => quantile(round[kind], share))
  const head = ["", "event p50 ms", "p99", "fragment p50", "p99", "answer p50", "p99"]
  for (const [title, results] of [
    ["idle, one after another", idle],
    [`beside ${rate} commands/s`, loaded]
  ] as const) {
    note(title)
    table(
      head,
      names.map((name) => [
        label[name],
        ...(["event", "fragment", "answer"] as const).flatMap((kind) =>
          name === "node:http" && kind === "fragment"
            ? ["", ""]
            : [0.5, 0.99].map((share) => show(spread(of(results, name, kind, share))))
        )
      ])
    )
  }
  const achieved = names.map((name) => `${name} ${show(spread(loaded(name).map((round) => round.achieved)).median)}`)
  note(`background commands/s: ${achieved.join(", ")}`)
  const beside = [0.5, 0.99].map((share) =>
    show(ratios(of(idle, "short", "event", share), of(idle, "node:http", "event", share)))
  )
  note(`idle, event, evenstar / node:http: p50 ${beside[0]}, p99 ${beside[1]}\n`)

  const worst = (share: number) => spread(of(idle, "short", "both", share)).median
  target("idle, shown by both streams, p50", worst(0.5), "at most", 3, " ms")
  target("idle, shown by both streams, p99", worst(0.99), "at most", 40, " ms")
  for (const [title, results] of [
    ["idle", idle],
    ["loaded", loaded]
  ] as const) {
    for (const [percentile, share] of [
      ["p50", 0.5],
      ["p99", 0.99]
    ] as const) {
      const grown = ratios(of(results, "long", "both", share), of(results, "short", "both", share)).median
      target(`${title}, ${percentile}, ${show(long)} / ${show(short)} events`, grown, "at most", 1.3)
    }
  }
})
