// Cost of a session for a read: 2,000 requests/s of `GET /api/lists/{id}` with session cookies,
// compared with none. Either 2,000 sessions rotate, or, the worst case, each is used once and due
// for a touch. Target: CPU 1.2x.
import { ReadList } from "./support/calls.ts"
import { fileSystem, quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { prefillSessions, sessionStore } from "./support/sessions.ts"
import { ratios, spread } from "./support/stats.ts"

const rate = quick ? 500 : 2000
const seconds = quick ? 2 : 4
const rounds = quick ? 2 : 9
/** Each session is seen once; one round more for the warm-up. */
const strangers = rate * seconds * (rounds + 1)
/** Seen twice a round: about one request in ten extends a session, as with 12,000 regulars. */
const regulars = (rate * seconds) / 2
const minute = 60_000
/** Due times are spread over so many moments of a minute. */
const moments = 50
/** Milliseconds until the last touches are written. */
const afterwards = 1500

type Name = "no cookie" | "rotating" | "used once"

await benchmark("sessions", `${show(rate)} reads/s, each by another session`, async () => {
  const directory = temporary()
  await sessionStore(directory).dispose()
  const server = await startServer("src/main.ts", directory)
  // After the server's start, which cleans up sessions.
  await quiet(server, "The server")
  prefillSessions(directory, 0, strangers, Date.now() - 5 * minute)
  for (let moment = 0; moment < moments; moment++) {
    const some = regulars / moments
    prefillSessions(directory, strangers + moment * some, some, Date.now() - (moment * minute) / moments)
  }
  const load = startLoad("sessions")
  note(`On ${fileSystem(directory)}; ${show(strangers + regulars)} sessions; ${rounds} rounds of ${seconds} s\n`)

  const run = async (sessions: { readonly first: number; readonly count: number } | null) => {
    const before = server.cpu()
    const read = await load.ask(ReadList, { port: server.port, sessions, rate, seconds })
    await sleep(afterwards)
    const { p50, p99, renewed, requests } = read
    return { cpu: ((server.cpu() - before) / requests) * 1e6, perSecond: requests / read.seconds, renewed, p50, p99 }
  }
  let round = 0
  const none = () => run(null)
  const turns = () => run({ first: strangers, count: regulars })
  const strange = () => run({ first: rate * seconds * round++, count: rate * seconds })
  for (const warmUp of [none, turns, strange]) await warmUp()
  const results = await interleaved<Name, Awaited<ReturnType<typeof run>>>(rounds, [
    ["no cookie", none],
    ["rotating", turns],
    ["used once", strange]
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
    [row("no cookie"), row("rotating"), row("used once")]
  )
  target("CPU, rotating sessions / no cookie", ratio("rotating").median, "at most", 1.2)
  target("CPU, sessions used once / no cookie", ratio("used once").median, "at most", 1.2)
})
