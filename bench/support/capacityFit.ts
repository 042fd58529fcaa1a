// Fits costs to measured runs; the counts of each operation come from simulating the same load.
import { type Costs, measured as guess } from "../simulate/costs.ts"
import { type Outcome, sessionsSeen } from "../simulate/load.ts"
import { simulate } from "../simulate/model.ts"
import type { BusCosts } from "./capacityBus.ts"
import type { Measured } from "./capacityCluster.ts"
import { loadOf } from "./capacityLoad.ts"
import { solve } from "./leastSquares.ts"

/** A closed loop of appends from one node. */
export interface Appends {
  readonly calls: number
  readonly events: number
  /** Seconds in append_events, and until its writes were flushed. */
  readonly inside: number
  readonly sync: number
  readonly nodeCpu: number
  readonly postgresCpu: number
}

const micros = 1e6
/** Seconds of PostgreSQL's own maintenance in a run; short runs weigh less. */
const housekeeping = 0.1
const sureness = (seconds: number) => seconds / (seconds + housekeeping)
const pair = (values: ReadonlyArray<number>): readonly [number, number] => [values[0] ?? 0, values[1] ?? 0]

const ofAppends = (appends: ReadonlyArray<Appends>, took: (one: Appends) => number) =>
  pair(
    solve(
      appends.map((one) => ({ took: took(one) * micros, counts: [one.calls, one.events] })),
      2
    )
  )

const isIdle = ({ run }: Pick<Measured, "run">) => run.rate === 0

/** Costs of idle nodes and streams: per second, per stream and per session check. */
const ofIdle = (runs: ReadonlyArray<Measured>) => {
  const idle = runs.filter(isIdle)
  const counts = ({ nodes, run, seconds }: Measured) => {
    const streams = (run.streams / nodes) * seconds
    return [seconds, streams, run.haveSessions ? streams / sessionsSeen : 0]
  }
  const node = solve(
    idle.flatMap((one) => one.cpu.map((cpu) => ({ took: cpu * micros, counts: counts(one) }))),
    3
  )
  // Of PostgreSQL only the session check; its idle cost is fitted with busy runs too.
  const [, check = 0] = solve(
    idle.map((one) => {
      const [seconds = 0, , looks = 0] = counts(one)
      return {
        took: one.postgres * micros,
        weight: sureness(one.postgres),
        counts: [seconds * one.nodes, looks * one.nodes]
      }
    }),
    2
  )
  return { node, check }
}

const share = ({ load }: Outcome, count: number, seconds: number) => (count / load.seconds) * seconds

/**
 * Prior values in the order of the unknowns, for what the runs can't separate: a command without a
 * database 0.2 ms (`command`), a delivery 13 us (`fan-out`), the rest from runs that agreed.
 */
const expected = [900, 200, 750, 400, 200, 12_000, 400, 13]
/**
 * Weights of the priors. A delivery's cost is fixed: rendering hides it with about ten streams a
 * list, and it dominates with a million streams.
 */
const doubt = 0.1
const certain = 10

const turnsOf = ({ nodes }: Outcome) => nodes.reduce((total, { turns }) => total + turns, 0)

/** Refits with the current costs, which determine batches and ticks; repeat until stable. */
const refine = (costs: Costs, appends: ReadonlyArray<Appends>, runs: ReadonlyArray<Measured>): Costs => {
  const busy = runs.filter((one) => !isIdle(one)).map((one) => ({ one, found: simulate(loadOf(one, costs), costs) }))
  const ofRuns = busy.flatMap(({ found, one }) =>
    found.nodes.map((node, index) => {
      const { background, batches, commands, deliveries, heard, news, rounds, shows, turns } = node
      const { seconds } = one.run
      const counts = [turns, commands, batches, news, heard, rounds, shows, deliveries]
      return {
        took: (one.cpu[index] ?? 0) * micros,
        known: background * one.seconds * micros,
        counts: counts.map((count) => share(found, count, seconds))
      }
    })
  )
  // The last unknown is the cost of an event in the append loop only.
  const ofAppending = appends.map(({ calls, events, nodeCpu }) => ({
    took: nodeCpu * micros,
    counts: [0, 0, calls, 0, 0, 0, 0, 0, events]
  }))
  const ofOthers = expected.map((took, index) => ({
    took,
    weight: index === expected.length - 1 ? certain : doubt,
    counts: Array.from({ length: 9 }, (_, unknown) => (unknown === index ? 1 : 0))
  }))
  const [turn = 0, command = 0, batch = 0, news = 0, heard = 0, round = 0, show = 0, delivery = 0] = solve(
    [...ofRuns, ...ofAppending, ...ofOthers],
    9
  )
  const { check } = costs.postgres
  const looksOf = ({ run, seconds }: Measured) => (run.haveSessions ? (run.streams / sessionsSeen) * seconds : 0)
  const [postgresIdle = 0, read = 0, postgresBatch = 0, postgresEvent = 0] = solve(
    [
      ...runs.map((one) => {
        const found = busy.find((other) => other.one === one)?.found
        const times = found === undefined ? [] : [turnsOf(found), found.order.calls, found.order.events]
        return {
          took: one.postgres * micros,
          weight: sureness(one.postgres),
          known: looksOf(one) * check,
          counts: [
            one.nodes * one.seconds,
            ...times.map((count) => (found === undefined ? 0 : share(found, count, one.run.seconds)))
          ]
        }
      }),
      ...appends.map(({ calls, events, postgresCpu }) => ({
        took: postgresCpu * micros,
        counts: [0, 0, calls, events]
      }))
    ],
    4
  )
  return {
    ...costs,
    node: { ...costs.node, turn, command, batch, news, heard, round, show, delivery },
    postgres: { idle: postgresIdle, check, read, batch: postgresBatch, event: postgresEvent }
  }
}

export const costsOf = (
  machine: string,
  appends: ReadonlyArray<Appends>,
  bus: BusCosts,
  runs: ReadonlyArray<Measured>
) => {
  const [orderBatch, orderEvent] = ofAppends(appends, ({ inside }) => inside)
  const calls = appends.reduce((sum, one) => sum + one.calls, 0)
  const sync = (appends.reduce((sum, one) => sum + one.sync, 0) / calls) * micros
  const { check, node } = ofIdle(runs)
  const opened = runs.filter(({ run }) => isIdle({ run }) && run.streams > 0)
  const memory = Math.max(...opened.map(({ opening, run }) => opening.memory / run.streams))
  const shown = runs.filter(({ driven }) => driven.delivered > 0)
  const costs: Costs = {
    machine,
    node: { ...guess.node, memory: runs[0]?.opening.before ?? 0, idle: node[0] ?? 0 },
    stream: {
      memory,
      open: (Math.max(...opened.map(({ opening, run }) => opening.cpu / run.streams)) || 0) * micros,
      idle: node[1] ?? 0,
      check: node[2] ?? 0,
      frame: shown.reduce((sum, { driven }) => sum + driven.bytes / driven.delivered, 0) / shown.length
    },
    postgres: { ...guess.postgres, check },
    order: { batch: orderBatch, event: orderEvent, sync },
    bus: { ...guess.bus, ...bus }
  }
  return refine(refine(refine(costs, appends, runs), appends, runs), appends, runs)
}
