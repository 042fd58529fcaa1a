// Finds the first bottleneck, the command rate at which it saturates, and the nodes needed.
import type { Costs } from "./costs.ts"
import { type Figures, figuresOf, orderCeiling } from "./figures.ts"
import type { Outcome } from "./load.ts"
import { simulate } from "./model.ts"

export interface Machines {
  /** Cores of PostgreSQL and of the bus; a node has one. */
  readonly postgresCores: number
  readonly busCores: number
}

export interface Limit {
  readonly what: string
  /** Utilization, 0 to 1. */
  readonly used: number
  /** Commands per second at saturation; infinite if independent of the commands. */
  readonly at: number
}

/** Extrapolates linearly from the utilization without commands. */
const linear = (what: string, used: number, without: number, commands: number): Limit => ({
  what,
  used,
  at:
    without >= 1
      ? 0
      : commands === 0 || used <= without
        ? Number.POSITIVE_INFINITY
        : (commands * (1 - without)) / (used - without)
})

/** Limits, the first bottleneck first. */
export const limits = (outcome: Outcome, figures: Figures, costs: Costs, machines: Machines): ReadonlyArray<Limit> => {
  const { busCores, postgresCores } = machines
  const commands = figures.commandsPerSecond
  const found = [
    linear("event loop of the hottest node", figures.hottestCpu, figures.backgroundCpu, commands),
    linear(
      "PostgreSQL's processors",
      figures.postgresCpu / postgresCores,
      figures.postgresBackground / postgresCores,
      commands
    ),
    linear("the bus's processors", figures.busCpu / busCores, 0, commands),
    // Calls get larger under load, so utilization can't be extrapolated.
    { what: "order of commit", used: figures.orderOccupied, at: orderCeiling(costs, outcome.load.batch) }
  ]
  return found.sort((one, other) => one.at - other.at || other.used - one.used)
}

/** Target utilization of a core; the rest is reserve for bursts and node failures. */
export const wantedShare = 0.6

const most = 4096
/** Commands of a trial, and bounds of its seconds. */
const trial = { commands: 2000, least: 1, most: 5 }

export interface Wanted {
  /** Undefined if no number of nodes is sufficient. */
  readonly nodes: number | undefined
  /** A node's fixed share of a core: every node receives every event. */
  readonly each: number
}

/** The number of nodes that keeps the busiest at 60 %, found by bisection. */
export const wanted = (outcome: Outcome, figures: Figures, costs: Costs): Wanted => {
  const { load, nodes: found, order } = outcome
  const { commanded: _, killNodeAt: __, ...rest } = load
  const rounds = Math.max(...found.map((one) => one.rounds)) / load.seconds
  const { heard, idle, news, round } = costs.node
  const calls = order.calls / load.seconds
  const each = (idle + calls * news + (order.events / load.seconds) * heard + rounds * round) / 1e6
  const limit = (wantedShare * figures.nodeCpu) / figures.hottestCpu
  const seconds = Math.min(trial.most, Math.max(trial.least, trial.commands / load.commandsPerSecond))
  const isEnough = (nodes: number) => figuresOf(simulate({ ...rest, nodes, seconds }, costs), costs).nodeCpu <= limit
  if (each >= limit) return { nodes: undefined, each }
  let [below, enough] = [0, 1]
  while (!isEnough(enough)) {
    below = enough
    enough *= 2
    if (enough > most) return { nodes: undefined, each }
  }
  while (enough - below > 1) {
    const middle = (below + enough) >> 1
    if (isEnough(middle)) enough = middle
    else below = middle
  }
  return { nodes: enough, each }
}
