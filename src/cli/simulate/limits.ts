// Which resource ends first, at how many commands a second, and how many nodes a load wants.
import type { Costs } from "./costs.ts"
import { type Figures, orderCeiling } from "./figures.ts"
import type { Outcome } from "./model.ts"

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

export interface Wanted {
  /** None where no number is enough. */
  readonly nodes: number | undefined
  /** What each node takes however many there are: it hears every event and is never quite idle; a share of a core. */
  readonly each: number
}

/** Nodes that this load wants so that the hottest is at 60 %. */
export const wanted = ({ load, nodes, order }: Outcome, figures: Figures, { node }: Costs): Wanted => {
  const { seconds } = load
  const rounds = Math.max(...nodes.map(({ rounds: found }) => found)) / seconds
  const each = (node.idle + (order.events / seconds) * node.heard + rounds * node.round) / 1e6
  const all = figures.nodeCpu * load.nodes
  const heard = nodes.reduce((sum, one) => sum + one.heard, 0) / seconds
  const shared = all - (load.nodes * (node.idle + rounds * node.round) + heard * node.heard) / 1e6
  const uneven = figures.hottestCpu / figures.nodeCpu
  const room = wantedShare / uneven - each
  return { nodes: room <= 0 ? undefined : Math.max(1, Math.ceil(shared / room)), each }
}
