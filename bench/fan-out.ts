// Fan-out of appended events to all clients of `/events`, over sockets from a second process.
// Baselines: a bare `node:http` loop; with 256 clients also a Stream per client and better-sse.
// Targets: CPU per delivery 1.3x of `node:http`; p99 150 ms with 1,000 clients, 25 ms with 256.
import { Delivered, OpenClients, Publish } from "./support/calls.ts"
import { type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, type Results, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const rate = 1000
/** Seconds for clients to receive what was published; slow ones are measured by what arrived. */
const timeoutSeconds = quick ? 10 : 20

interface Round {
  readonly delivered: number
  readonly expected: number
  readonly faults: number
  /** Server CPU in microseconds per delivery, and the part spent on appends without clients. */
  readonly cpu: number
  readonly appends: number
  readonly clientLoad: number
  readonly frame: number
  readonly rss: number
  readonly p50: number
  readonly p99: number
}

const measure = async (server: Server, clients: number, seconds: number): Promise<Round> => {
  const warmUp = { rate, seconds: quick ? 0.5 : 1 }
  await server.ask(Publish, warmUp)
  const alone = server.cpu()
  await server.ask(Publish, warmUp)
  const perEvent = (server.cpu() - alone) / (warmUp.rate * warmUp.seconds)

  const load = startLoad("fan-out")
  await load.ask(OpenClients, { port: server.port, clients })
  await sleep(300)
  const warm = await server.ask(Publish, warmUp)
  await load.ask(Delivered, { ...warm, timeoutSeconds })
  await sleep(200)

  const [before, clientBefore, started] = [server.cpu(), load.cpu(), Date.now()]
  const published = await server.ask(Publish, { rate, seconds })
  const { bytes, delivered, faults, p50, p99 } = await load.ask(Delivered, { ...published, timeoutSeconds })
  const expected = (published.last - published.first + 1) * clients
  const round = {
    delivered,
    expected,
    faults,
    cpu: ((server.cpu() - before) / delivered) * 1e6,
    appends: (perEvent / clients) * 1e6,
    clientLoad: (load.cpu() - clientBefore) / ((Date.now() - started) / 1000),
    frame: bytes / delivered,
    rss: server.rss() / 1e6,
    p50,
    p99
  }
  await Promise.all([load.stop(), server.stop()])
  return round
}

const scripts = {
  evenstar: "bench/server.ts",
  "node:http": "bench/baselines/fan-out-bare.ts",
  "Stream per client": "bench/baselines/fan-out-stream.ts",
  "better-sse": "bench/baselines/fan-out-better-sse.ts"
}
type Name = keyof typeof scripts

const fanOut = (names: ReadonlyArray<Name>, clients: number, rounds: number, seconds: number) =>
  interleaved(
    rounds,
    names.map((name) => [name, async () => measure(await startServer(scripts[name], temporary()), clients, seconds)])
  )

const of = (results: Results<Name, Round>, name: Name, field: keyof Round) => results(name).map((round) => round[field])

const print = (names: ReadonlyArray<Name>, results: Results<Name, Round>) => {
  const head = [
    "",
    "delivered",
    "faults",
    "CPU us/delivery",
    "appends",
    "p50 ms",
    "p99 ms",
    "RSS MB",
    "bytes",
    "client"
  ]
  const row = (name: Name) => {
    const rounds = results(name)
    const worst = Math.min(...rounds.map(({ delivered, expected }) => delivered / expected))
    const faults = rounds.reduce((sum, round) => sum + round.faults, 0)
    const full = (field: keyof Round) => show(spread(of(results, name, field)))
    const middle = (field: keyof Round) => show(spread(of(results, name, field)).median)
    return [
      name,
      `${(worst * 100).toFixed(1)} %`,
      String(faults),
      full("cpu"),
      middle("appends"),
      ...(["p50", "p99"] as const).map(full),
      ...(["rss", "frame", "clientLoad"] as const).map(middle)
    ]
  }
  table(head, names.map(row))
}

const allDelivered = (results: Results<Name, Round>) =>
  Math.min(...results("evenstar").map(({ delivered, expected, faults }) => (faults > 0 ? 0 : delivered / expected)))

await benchmark("fan-out", "1,000 events/s to every client of /events", async () => {
  const many = quick ? 200 : 1000
  const wide = await fanOut(["evenstar", "node:http"], many, quick ? 1 : 3, quick ? 2 : 10)
  note("CPU: the server's; `appends`: the part spent on appends, measured without clients.")
  note("bytes: per frame; client: busy cores of the client process.\n")
  note(`${many} clients`)
  print(["evenstar", "node:http"], wide)

  const ceiling = quick ? 64 : 256
  const all = ["evenstar", "node:http", "Stream per client", "better-sse"] as const
  const narrow = await fanOut(all, ceiling, quick ? 1 : 3, quick ? 2 : 4)
  note(`${ceiling} clients`)
  print(all, narrow)

  const cost = (results: Results<Name, Round>, name: Name) => of(results, name, "cpu")
  const ratio = (results: Results<Name, Round>, field: "cpu" | "p99") =>
    ratios(of(results, "evenstar", field), of(results, "node:http", field)).median
  const p99 = (results: Results<Name, Round>) => spread(of(results, "evenstar", "p99")).median
  target(`${many}: delivered to every client, once, in order`, allDelivered(wide), "at least", 1)
  target(`${many}: CPU per delivery / node:http`, ratio(wide, "cpu"), "at most", 1.3)
  target(`${many}: p99`, p99(wide), "at most", 150, " ms")
  target(`${many}: p99 / node:http`, ratio(wide, "p99"), "at most", 1.5)
  target(`${ceiling}: delivered to every client, once, in order`, allDelivered(narrow), "at least", 1)
  target(`${ceiling}: p99`, p99(narrow), "at most", 25, " ms")
  const sending = (name: Name) => narrow(name).map(({ appends, cpu }) => cpu - appends)
  const without = (name: Name) => show(ratios(sending(name), sending("evenstar")))
  note(
    `${ceiling} clients, CPU without appends, theirs / ours: node:http ${without("node:http")}, ` +
      `Stream per client ${without("Stream per client")}, better-sse ${without("better-sse")}\n`
  )

  const timesLess = (name: Name) => ratios(cost(narrow, name), cost(narrow, "evenstar")).median
  target(`${ceiling}: CPU of a Stream per client / ours`, timesLess("Stream per client"), "at least", 3)
  target(`${ceiling}: CPU of better-sse / ours`, timesLess("better-sse"), "at least", 4)
})
