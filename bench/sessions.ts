// What a session costs a read: 2,000 requests/s of `GET /api/lists/{id}`, each with another live session's cookie, beside the same
// requests without one. At worst each session is due for a touch, as after a pause; at best it has had it. Target: 1.2x the CPU.
import { ReadList, Settle } from "./support/calls.ts"
import { fileSystem, quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { prefillSessions, sessionStore } from "./support/sessions.ts"
import { ratios, spread } from "./support/stats.ts"

const rate = quick ? 500 : 2000
const seconds = quick ? 2 : 6
const rounds = quick ? 2 : 5
/** Each of them is seen once, and due; one round more is the warm-up. */
const due = rate * seconds * (rounds + 1)
const touched = rate * seconds
const minute = 60_000
/** Milliseconds until the last touches are written. */
const afterwards = 1500

type Name = "each due for a touch" | "none due" | "no cookie"

await benchmark("sessions", `${show(rate)} reads/s, each by another session`, async () => {
  const directory = temporary()
  await sessionStore(directory).dispose()
  const server = await startServer("src/main.ts", directory)
  // A server that starts cleans up: nothing of this is there to be looked at then.
  await quiet(server, "The server")
  prefillSessions(directory, 0, due, Date.now() - 5 * minute)
  // Touched in the future, and so not due as long as this takes.
  prefillSessions(directory, due, touched, Date.now() + 60 * minute)
  const load = startLoad("sessions")
  note(`On ${fileSystem(directory)}; ${show(due + touched)} sessions; ${rounds} rounds of ${seconds} s\n`)

  const run = async (first: number | null) => {
    await server.ask(Settle, {})
    const before = server.cpu()
    const read = await load.ask(ReadList, { port: server.port, first, rate, seconds })
    await sleep(afterwards)
    const { p50, p99, renewed, requests } = read
    return { cpu: ((server.cpu() - before) / requests) * 1e6, perSecond: requests / read.seconds, renewed, p50, p99 }
  }
  let seen = 0
  const runDue = () => run(rate * seconds * seen++)
  for (const warmUp of [() => run(null), runDue, () => run(due)]) await warmUp()
  const results = await interleaved<Name, Awaited<ReturnType<typeof run>>>(rounds, [
    ["no cookie", () => run(null)],
    ["each due for a touch", runDue],
    ["none due", () => run(due)]
  ])

  const of = (name: Name, field: "cpu" | "perSecond" | "renewed" | "p50" | "p99") =>
    results(name).map((figures) => figures[field])
  const ratio = (name: Name) => ratios(of(name, "cpu"), of("no cookie", "cpu"))
  const row = (name: Name) => [
    name,
    show(spread(of(name, "cpu"))),
    show(ratio(name)),
    show(spread(of(name, "perSecond")).median),
    show(spread(of(name, "renewed")).median),
    show(spread(of(name, "p50"))),
    show(spread(of(name, "p99")))
  ]
  table(
    ["", "CPU us/request", "/ no cookie", "requests/s", "cookies renewed", "p50 ms", "p99 ms"],
    [row("no cookie"), row("none due"), row("each due for a touch")]
  )
  target("CPU, each session due for a touch / no cookie", ratio("each due for a touch").median, "at most", 1.2)
  target("CPU, none due / no cookie", ratio("none due").median, "at most", 1.2)
})
