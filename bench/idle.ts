// 10,000 idle streams, half on an aggregate's `/events`, half on a list's feed; also each kind
// alone. Baseline: a bare `node:http` server with as many responses and the same first bytes.
// Targets: RSS 1.3x and 20 KB per stream, heartbeats 5 % of a core.
import { FirstBytes, Heard, Imitate, MakeLists, OpenStreams, Settle } from "./support/calls.ts"
import { type Running, type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { type Results, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

/** Each stream belongs to a list of its own; "one list": all to the same list. */
const kinds = ["both", "events", "feed", "one list"] as const
type Kind = (typeof kinds)[number]
type Name = "evenstar" | "node:http"

const rounds = quick ? 1 : 2
const streams: Record<Kind, number> = quick
  ? { both: 1000, events: 500, feed: 500, "one list": 500 }
  : { both: 10_000, events: 5000, feed: 5000, "one list": 5000 }
/** Share of streams opened first and not counted: they use up memory left free by the start. */
const warmUp = 0.2
const watched = quick ? 16 : 30

const pathsOf = (kind: Kind, lists: ReadonlyArray<string>, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const id = lists[(kind === "both" ? index >> 1 : index) % lists.length]
    return kind === "events" || (kind === "both" && index % 2 === 0) ? `/events?aggregateId=${id}` : `/lists/${id}/feed`
  })

interface Party {
  readonly server: Server
  /** One load generator per server, because of limits on file descriptors per process. */
  readonly load: Running
}

const measure = async ({ load, server }: Party, paths: ReadonlyArray<string>) => {
  const { port } = server
  const early = paths.length * warmUp
  await load.ask(OpenStreams, { port, paths: paths.slice(0, early) })
  await server.ask(Settle, {})
  const before = server.rss()
  const cpu = server.cpu()
  await load.ask(OpenStreams, { port, paths: paths.slice(early) })
  const opening = server.cpu() - cpu
  await server.ask(Settle, {})
  const opened = paths.length - early
  return { rss: (server.rss() - before) / opened, cpu: (opening / opened) * 1e6 }
}
type Figures = Awaited<ReturnType<typeof measure>>

/** Server CPU in percent of a core with heartbeats only, and the streams that received one. */
const heartbeats = async (parties: ReadonlyArray<Party>) => {
  for (const { load } of parties) await load.ask(Heard, {})
  const before = parties.map(({ server }) => server.cpu())
  await sleep(watched * 1000)
  return Promise.all(
    parties.map(async ({ load, server }, index) => ({
      share: ((server.cpu() - (before[index] ?? 0)) / watched) * 100,
      ...(await load.ask(Heard, {}))
    }))
  )
}

const round = async (kind: Kind, oursFirst: boolean, watch: boolean) => {
  const directory = temporary()
  const load = startLoad("idle")
  const lists = { both: streams.both / 2, events: 100, feed: streams.feed, "one list": 1 }[kind]
  // A fresh server: memory freed after creating the lists would hide the streams' memory.
  const maker = await startServer("src/main.ts", directory)
  const { ids } = await load.ask(MakeLists, { port: maker.port, lists })
  await maker.stop()
  const evenstar = { load, server: await startServer("src/main.ts", directory) }
  const bare = { load: startLoad("idle"), server: await startServer("bench/baselines/idle.ts", temporary()) }
  const { port } = evenstar.server
  const [events, feed] = await Promise.all([
    load.ask(FirstBytes, { port, path: `/events?aggregateId=${ids[0]}` }),
    load.ask(FirstBytes, { port, path: `/lists/${ids[0]}/feed` })
  ])
  await bare.server.ask(Imitate, { events, feed })

  const paths = pathsOf(kind, ids, streams[kind])
  const early = oursFirst ? undefined : await measure(bare, paths)
  const ours = await measure(evenstar, paths)
  const theirs = early ?? (await measure(bare, paths))
  const beats = watch ? await heartbeats([evenstar, bare]) : []
  for (const party of [evenstar, bare]) await Promise.all([party.load.stop(), party.server.stop()])
  return { ours, theirs, beats, bytes: { events: events.body.length, feed: feed.body.length } }
}

await benchmark("idle", "memory and heartbeats of idle streams", async () => {
  const both = new Map<Kind, Results<Name, Figures>>()
  for (const kind of kinds) {
    const found: Record<Name, Array<Figures>> = { evenstar: [], "node:http": [] }
    for (let turn = 0; turn < rounds; turn++) {
      const watch = kind === "both" && turn === 0
      const { beats, bytes, ours, theirs } = await round(kind, turn % 2 === 0, watch)
      found.evenstar.push(ours)
      found["node:http"].push(theirs)
      if (!watch) continue
      note(`First bytes: ${bytes.events} of /events, ${bytes.feed} of a list's feed\n`)
      const row = (name: Name, index: number) => [
        name,
        `${show(beats[index]?.share ?? 0)} %`,
        String(beats[index]?.heard),
        String(beats[index]?.closed)
      ]
      note(`${streams.both} streams, idle for ${watched} s`)
      table(["", "CPU of a core", "heard a heartbeat", "closed"], [row("evenstar", 0), row("node:http", 1)])
      target("heartbeats, CPU of one core", beats[0]?.share ?? Number.NaN, "at most", 5, " %")
      target("streams that received heartbeats", beats[0]?.heard ?? 0, "at least", streams.both)
    }
    both.set(kind, (name) => found[name])
  }

  const of = (kind: Kind, name: Name, field: keyof Figures) =>
    both
      .get(kind)?.(name)
      .map((one) => one[field]) ?? []
  const kilobytes = (kind: Kind, name: Name) => spread(of(kind, name, "rss").map((bytes) => bytes / 1000))
  const ratio = (kind: Kind) => ratios(of(kind, "evenstar", "rss"), of(kind, "node:http", "rss"))
  table(
    ["streams", "RSS KB each", "node:http", "ratio", "CPU us to open", "node:http"],
    kinds.map((kind) => [
      `${streams[kind]} ${kind}`,
      show(kilobytes(kind, "evenstar")),
      show(kilobytes(kind, "node:http")),
      show(ratio(kind)),
      show(spread(of(kind, "evenstar", "cpu"))),
      show(spread(of(kind, "node:http", "cpu")))
    ])
  )
  target("RSS each / node:http", ratio("both").median, "at most", 1.3)
  target("RSS each", kilobytes("both", "evenstar").median, "at most", 20, " KB")
})
