// What a simulation came to, as figures: what was done, how long it took, and how busy everything was.
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
  /** Cores: of a node on average, of the hottest, and of that what it takes without any command. */
  readonly nodeCpu: number
  readonly hottestCpu: number
  readonly backgroundCpu: number
  readonly nodeMemory: number
  /** Cores of the server; and of that what it takes without any command. */
  readonly postgresCpu: number
  readonly postgresBackground: number
  readonly sessionLooksPerSecond: number
  /** Of the time, that the order of commit was held; commands that shared a call, and milliseconds that a call waited for it. */
  readonly orderOccupied: number
  readonly eventsPerCall: number
  readonly orderWait: number
  /** Given to nodes; each event is taken once and given to all nodes but one. */
  readonly busMessagesPerSecond: number
  readonly busBytesPerSecond: number
  readonly busCpu: number
  /** Of the hottest node, to its streams. */
  readonly nodeBytesPerSecond: number
}

const highest = (values: ReadonlyArray<number>) => values.reduce((most, value) => Math.max(most, value), 0)
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Cores of PostgreSQL that nodes and streams take when nobody commands anything. */
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

/** Events a second that the order of commit can't exceed: calls that are as full as they can be, one after the other. */
export const orderCeiling = (costs: Costs, batch: number): number => (batch / holds(costs, batch)) * 1e6
