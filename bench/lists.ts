// CPU per command with 500, 2,000 and 8,000 lists, one subscriber each, and 1,000 commands/s spread
// over them: the cost must not depend on the number of lists. Target: within 1.3x of 500 lists.
import { PrepareLists, RenameTodos } from "./support/calls.ts"
import { startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const sizes = quick ? ([50, 200, 800] as const) : ([500, 2000, 8000] as const)
type Size = (typeof sizes)[number]

const rate = quick ? 200 : 1000
const seconds = quick ? 2 : 5
const rounds = quick ? 1 : 4

const prepare = async (lists: Size) => {
  const server = await startServer("src/main.ts", temporary())
  const load = startLoad("lists")
  await load.ask(PrepareLists, { port: server.port, lists, subscribe: true })
  const run = async (time: number) => {
    const before = server.cpu()
    const driven = await load.ask(RenameTodos, { rate, seconds: time })
    return { ...driven, cpu: ((server.cpu() - before) / driven.commands) * 1e6, rss: server.rss() / 1e6 }
  }
  await run(seconds)
  return [lists, () => run(seconds)] as const
}

await benchmark("lists", `${rate} commands/s, spread over lists with one subscriber each`, async () => {
  const contenders = [await prepare(sizes[0]), await prepare(sizes[1]), await prepare(sizes[2])]
  const results = await interleaved(rounds, contenders)

  type Field = "cpu" | "p50" | "p99" | "rss"
  const of = (size: Size, field: Field) => spread(results(size).map((round) => round[field]))
  const total = (size: Size, field: "shown" | "conflated" | "faults" | "commands") =>
    results(size).reduce((sum, round) => sum + round[field], 0)
  const achieved = (size: Size) => spread(results(size).map(({ commands, seconds: took }) => commands / took))
  const cpu = (size: Size) => results(size).map((round) => round.cpu)
  table(
    ["lists", "CPU us/command", "/ smallest", "commands/s", "changes shown", "faults", "p50 ms", "p99 ms", "RSS MB"],
    sizes.map((size) => [
      String(size),
      show(of(size, "cpu")),
      show(ratios(cpu(size), cpu(sizes[0]))),
      show(achieved(size).median),
      `${total(size, "shown") + total(size, "conflated")} of ${total(size, "commands")}`,
      String(total(size, "faults")),
      show(of(size, "p50")),
      show(of(size, "p99")),
      show(of(size, "rss").median)
    ])
  )
  for (const size of sizes.slice(1)) {
    target(`CPU a command, ${size} / ${sizes[0]} lists`, ratios(cpu(size), cpu(sizes[0])).median, "at most", 1.3)
  }
  const faults = sizes.reduce((sum, size) => sum + total(size, "faults"), 0)
  target("changes lost, or sent to another list's subscriber", faults, "at most", 0)
})
