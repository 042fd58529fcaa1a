// Derives throughput, latency and utilization from a simulation's outcome.
import { holds } from "./CommitOrder.ts"
import type { Costs } from "./costs.ts"
import { type Outcome, sessionsSeen } from "./load.ts"

export interface Figures {
  readonly commandsPerSecond: number
  readonly answerP50: number
  readonly answerP99: number
  readonly deliveredPerSecond: number
  readonly conflatedPerSecond: number
  readonly deliveryP50: number
  readonly deliveryP99: number
  /** Cores: mean of the nodes, maximum, and the maximum's share without commands. */
  readonly nodeCpu: number
  readonly hottestCpu: number
  readonly backgroundCpu: number
  readonly nodeMemory: number
  /** Cores of PostgreSQL, and its share without commands. */
  readonly postgresCpu: number
  readonly postgresBackground: number
  readonly sessionLooksPerSecond: number
  /** Share of time the commit lock was held; events per call; milliseconds a call waited. */
  readonly orderOccupied: number
  readonly eventsPerCall: number
  readonly orderWait: number
  /** Messages to nodes: each event goes to all nodes but its own. */
  readonly busMessagesPerSecond: number
  readonly busBytesPerSecond: number
  readonly busCpu: number
  /** Bytes per second of the busiest node to its streams. */
  readonly nodeBytesPerSecond: number
}

const highest = (values: ReadonlyArray<number>) => values.reduce((most, value) => Math.max(most, value), 0)
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Cores of PostgreSQL used by nodes and streams without commands. */
const postgresAlone = ({ postgres }: Costs, { load }: Outcome) =>
  (load.nodes * postgres.idle + ((load.streams * load.sessions) / sessionsSeen) * postgres.check) / 1e6

export const figuresOf = (outcome: Outcome, costs: Costs): Figures => {
  const { answers, commands, deliveries, load, nodes, order } = outcome
  const { bus, node, postgres, stream } = costs
  const { seconds } = load
  const cpu = nodes.map((one) => one.cpu / seconds + one.background)
  const events = order.events / seconds
  const given = events * (load.nodes - 1)
  const postgresBackground = postgresAlone(costs, outcome)
  const turns = nodes.reduce((total, one) => total + one.turns, 0)
  const commits = (order.calls * postgres.batch + order.events * postgres.event + turns * postgres.read) / 1e6
  return {
    commandsPerSecond: commands.inTime / seconds,
    answerP50: answers.quantile(0.5),
    answerP99: answers.quantile(0.99),
    deliveredPerSecond: deliveries.total / seconds,
    conflatedPerSecond: nodes.reduce((sum, { conflated }) => sum + conflated, 0) / seconds,
    deliveryP50: deliveries.quantile(0.5),
    deliveryP99: deliveries.quantile(0.99),
    nodeCpu: mean(cpu),
    hottestCpu: highest(cpu),
    backgroundCpu: highest(nodes.map(({ background }) => background)),
    nodeMemory: node.memory + highest(nodes.map(({ opened, streams }) => streams + opened)) * stream.memory,
    postgresCpu: postgresBackground + commits / seconds,
    postgresBackground,
    sessionLooksPerSecond: (load.streams * load.sessions) / sessionsSeen,
    orderOccupied: order.held / (seconds * 1000),
    eventsPerCall: order.calls === 0 ? 0 : order.events / order.calls,
    orderWait: order.waits.mean(),
    busMessagesPerSecond: given,
    busBytesPerSecond: given * bus.message,
    busCpu: (load.nodes > 1 ? events * bus.taken + given * bus.given : 0) / 1e6,
    nodeBytesPerSecond: (highest(nodes.map((one) => one.deliveries)) / seconds) * stream.frame
  }
}

/** Maximal events per second of the commit lock, with full calls in sequence. */
export const orderCeiling = (costs: Costs, batch: number): number => (batch / holds(costs, batch)) * 1e6
