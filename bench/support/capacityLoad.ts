// Converts a measured load to a simulated one.
import type { Costs } from "../simulate/costs.ts"
import type { Load } from "../simulate/load.ts"
import { simulate } from "../simulate/model.ts"
import type { Measured } from "./capacityCluster.ts"

/** Longer than the run, to reduce noise: rates are compared. */
const simulatedSeconds = 40

const loadWith = ({ nodes, run }: Measured, wakeDelay: number): Load => ({
  nodes,
  streams: run.streams,
  lists: run.lists,
  zipf: run.zipf,
  commandsPerSecond: run.rate,
  burst: 1,
  grain: generatorTick,
  ...(run.onFirst ? { commanded: [0] } : {}),
  sessions: run.haveSessions ? 1 : 0,
  batch: 256,
  wakeDelay,
  seconds: simulatedSeconds,
  seed: 1
})

/** Milliseconds: the load generator's 1 ms timer fires a little late. */
const generatorTick = 1.15

const longestDelay = 100
const halvings = 9

/**
 * The same load in the simulation. The delay until a process gets a processor depends on the
 * machine and is fitted to the run's median response time; it determines the size of batches.
 */
export const loadOf = (one: Measured, costs: Costs): Load => {
  let [low, high] = [0, longestDelay]
  if (one.run.rate === 0) high = 0
  for (let halving = 0; halving < halvings && high > 0; halving++) {
    const middle = (low + high) / 2
    if (simulate(loadWith(one, middle), costs).answers.quantile(0.5) < one.driven.answerP50) low = middle
    else high = middle
  }
  return loadWith(one, low)
}
