// Which resource ends first, at how many commands a second, and how many nodes a load wants.
import type { Costs } from "./costs.ts"
import { type Figures, figuresOf, orderCeiling } from "./figures.ts"
import type { Outcome } from "./load.ts"
import { simulate } from "./model.ts"

export interface Machines {
  /** Cores that PostgreSQL has, and the bus. A node has one. */
  readonly postgresCores: number
  readonly busCores: number
}

export interface Limit {
  readonly what: string
  /** Of what there is. */
  readonly used: number
  /** Commands a second at which nothing of it is left, as this load goes; infinite where they don't matter to it. */
  readonly at: number
}

/** What is used grows with the commands from what is used without any. */
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

/** The one that ends first is the first. */
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
    // Calls get fuller as it gets busier: what is left can't be told from how busy it is.
    { what: "order of commit", used: figures.orderOccupied, at: orderCeiling(costs, outcome.load.batch) }
  ]
  return found.sort((one, other) => one.at - other.at || other.used - one.used)
}

/** Of a core: what is left is for bursts, and for the streams of a node that dies. */
export const wantedShare = 0.6

const most = 4096
/** Commands that a trial is long, and its seconds. */
const trial = { commands: 2000, least: 1, most: 5 }

export interface Wanted {
  /** None where no number is enough. */
  readonly nodes: number | undefined
  /** What each node takes however many there are: it hears every event and is never quite idle; a share of a core. */
  readonly each: number
}

/** Nodes that this load wants so that the hottest is at 60 %, found by trying. */
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
