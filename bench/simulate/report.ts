// Formats a simulation's outcome for a terminal.
import { formatTable } from "../../src/cli/table.ts"
import type { Costs } from "./costs.ts"
import type { Figures } from "./figures.ts"
import { type Limit, type Wanted, wantedShare } from "./limits.ts"
import type { Outcome } from "./load.ts"

const units: ReadonlyArray<readonly [number, string]> = [
  [1e9, "G"],
  [1e6, "M"],
  [1e4, "k"]
]

/** Three significant digits: the model is not more precise. */
export const show = (value: number): string => {
  if (!Number.isFinite(value)) return "-"
  const [unit, name] = units.find(([least]) => value >= least) ?? [1, ""]
  const scaled = name === "k" ? value / 1000 : value / unit
  return (scaled >= 100 ? scaled.toFixed(0) : scaled >= 10 ? scaled.toFixed(1) : scaled.toFixed(2)) + name
}
const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

export const tableOf = (outcome: Outcome, found: Figures): string => {
  const { commands, load, restart } = outcome
  const rows = [
    ["commands done a second", `${show(found.commandsPerSecond)} of ${show(commands.sent / load.seconds)}`],
    ["answered, p50 and p99", `${show(found.answerP50)} and ${show(found.answerP99)} ms`],
    [
      "delivered a second",
      `${show(found.deliveredPerSecond)}, and ${show(found.conflatedPerSecond)} with a newer state`
    ],
    ["from command to stream, p50 and p99", `${show(found.deliveryP50)} and ${show(found.deliveryP99)} ms`],
    ["processor of a node, mean and hottest", `${percent(found.nodeCpu)} and ${percent(found.hottestCpu)} of a core`],
    ["memory of a node", `${show(found.nodeMemory)}B`],
    ["from the hottest node to its streams", `${show(found.nodeBytesPerSecond)}B a second`],
    [
      "processors of PostgreSQL",
      `${show(found.postgresCpu)} cores, without commands ${show(found.postgresBackground)}`
    ],
    ["sessions looked up for streams", `${show(found.sessionLooksPerSecond)} a second`],
    [
      "order of commit",
      `held ${percent(found.orderOccupied)}, ${show(found.eventsPerCall)} events a call, waits ${show(found.orderWait)} ms`
    ],
    [
      "bus",
      `${show(found.busMessagesPerSecond)} messages, ${show(found.busBytesPerSecond)}B a second, ${show(found.busCpu)} cores`
    ],
    ...(commands.retried > 0 ? [["commands sent again", show(commands.retried)]] : []),
    ...(restart === undefined
      ? []
      : [["streams of the node that died", `${show(restart.streams)}, all back after ${show(restart.seconds)} s`]])
  ]
  return withoutCount(formatTable(["what", "how much"], rows, rows.length))
}

/** Removes the table's last line, the row count. */
const withoutCount = (text: string) => `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`

export const limitsOf = (found: ReadonlyArray<Limit>): string =>
  withoutCount(
    formatTable(
      ["resource", "used", "ends at commands a second"],
      found.map(({ at, used, what }) => [what, percent(used), at === 0 ? "ends before the first" : show(at)]),
      found.length
    )
  )

export const adviceOf = ({ load }: Outcome, { each, nodes }: Wanted, [first]: ReadonlyArray<Limit>): string => {
  const bottleneck =
    first === undefined
      ? ""
      : first.at === 0
        ? `First to end: ${first.what}, with no command at all. `
        : `First to end: ${first.what}, at ${show(first.at)} commands a second. `
  const share = `${wantedShare * 100} %`
  return nodes === undefined
    ? `${bottleneck}No number of nodes holds this at ${share}: each one hears every event, and that and its own upkeep take ${percent(each)} of its core.`
    : `${bottleneck}This load wants ${nodes} ${nodes === 1 ? "node" : "nodes"} at ${share} of a core (it has ${load.nodes}); ${percent(each)} of each goes into what every node does, however many there are.`
}

export const headOf = ({ load }: Outcome, { machine }: Costs): string =>
  `${load.nodes} nodes, ${show(load.streams)} streams on ${show(load.lists)} lists, ${load.seconds} s; costs of ${machine}\n`
