// Presence on one page with 1,000 viewers: CPU while nothing changes, and while somebody comes each
// second, so that all are told as often as presence is ever told. The viewers are raw streams.
// Target: the difference is below 5 % of a core.
import { Heard, MakeLists, OpenStreams, Settle } from "./support/calls.ts"
import { startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { sleep } from "./support/rounds.ts"
import { spread } from "./support/stats.ts"

const viewers = quick ? 100 : 1000
const rounds = quick ? 1 : 3
const watched = quick ? 4 : 20

await benchmark("presence", `cost of telling ${viewers} viewers of a page who is there`, async () => {
  const load = startLoad("idle")
  const server = await startServer("src/main.ts", temporary())
  const { port } = server
  const { ids } = await load.ask(MakeLists, { port, lists: 32 })
  // Over shared streams, as pages do: a feed of its own is told who is present only if htmx asks.
  const feed = `/live?feed=${encodeURIComponent(`/lists/${ids[0]}/feed`)}`
  await load.ask(OpenStreams, { port, paths: Array.from({ length: viewers }, () => feed) })
  await sleep(2000)

  /** Percent of a core, for some seconds. */
  const watch = async (eachSecond: () => Promise<unknown>) => {
    await server.ask(Settle, {})
    const before = server.cpu()
    const start = performance.now()
    for (let second = 1; second <= watched; second++) {
      await eachSecond()
      await sleep(start + second * 1000 - performance.now())
    }
    return ((server.cpu() - before) / watched) * 100
  }
  const quietly = async () => {}
  let fewest = Number.POSITIVE_INFINITY
  let seconds = 0
  const oneComes = async () => {
    await load.ask(OpenStreams, { port, paths: [feed] })
    if (++seconds % 3 !== 0) return
    fewest = Math.min(fewest, (await load.ask(Heard, {})).heard)
  }
  const idle: Array<number> = []
  const told: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    idle.push(await watch(quietly))
    await load.ask(Heard, {})
    seconds = 0
    told.push(await watch(oneComes))
  }
  const { closed } = await load.ask(Heard, {})
  await Promise.all([load.stop(), server.stop()])

  const cost = told.map((it, index) => it - (idle[index] ?? 0))
  table(
    ["", "CPU of a core, %"],
    [
      ["nothing changes (heartbeats)", show(spread(idle))],
      ["one comes each second", show(spread(told))],
      ["difference", show(spread(cost))]
    ]
  )
  note(`Told within 3 s: ${fewest} of ${viewers} or more; ${closed} closed\n`)
  target("presence, CPU of one core", spread(cost).median, "at most", 5, " %")
  target("viewers told of each change", fewest, "at least", viewers)
})
