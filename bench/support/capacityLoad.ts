// A load that was measured, as the simulation takes it.
import type { Costs } from "../simulate/costs.ts"
import type { Load } from "../simulate/load.ts"
import { simulate } from "../simulate/model.ts"
import type { Measured } from "./capacityCluster.ts"

/** Longer than the run: what is compared are rates, and chance has less to say. */
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

/** Milliseconds: bench/load/capacity.ts sends what has become due whenever its timer of one comes, which is a little later. */
const generatorTick = 1.15

const longestDelay = 100
const halvings = 9

/**
 * The same load in the simulation. How long a process waits for a processor or the disk is no cost of ours but the machine's state, and others
 * worked on it: it is taken from the run, so that half of the commands wait as long. It decides how many share a call.
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
