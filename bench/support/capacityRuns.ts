// The loads of bench/capacity.ts: costs are fitted to some; others, with different rates, streams
// and lists, are predicted. No run on three nodes is used for fitting.
import type { Run } from "./capacityCluster.ts"
import { quick } from "./report.ts"

export type Role = "fitted" | "predicted"
export interface Planned {
  readonly role: Role
  readonly nodes: 1 | 2 | 3
  readonly run: Run
}

/** Repetitions of each load, because of noise on shared machines. */
export const passes = quick ? 1 : 3

const plan = (
  role: Role,
  nodes: Planned["nodes"],
  rate: number,
  streams: number,
  more: Partial<Run> = {}
): Planned => ({
  role,
  nodes,
  run: {
    rate,
    streams,
    seconds: quick ? 1 : rate === 0 ? 8 : 10,
    lists: 60,
    zipf: 0,
    haveSessions: true,
    onFirst: false,
    ...more
  }
})

export const planned: ReadonlyArray<Planned> = [
  plan("fitted", 1, 0, 0),
  plan("fitted", 1, 0, 3000, { haveSessions: false }),
  plan("fitted", 1, 0, 3000),
  plan("fitted", 1, 80, 600),
  plan("fitted", 1, 200, 1200),
  plan("fitted", 1, 150, 60),
  plan("fitted", 1, 300, 0),
  plan("fitted", 1, 25, 0),
  plan("predicted", 1, 120, 300, { zipf: 0.8 }),
  plan("predicted", 1, 50, 900),
  plan("predicted", 1, 220, 400, { lists: 40 }),
  plan("fitted", 2, 0, 0),
  plan("fitted", 2, 120, 0, { onFirst: true }),
  plan("fitted", 2, 30, 0, { onFirst: true }),
  plan("fitted", 2, 100, 400, { zipf: 1 }),
  plan("predicted", 2, 80, 500, { lists: 30 }),
  plan("predicted", 2, 160, 200, { zipf: 0.5 }),
  plan("predicted", 3, 60, 450, { zipf: 1 }),
  plan("predicted", 3, 120, 600, { lists: 40 }),
  plan("predicted", 3, 30, 900)
]

/** Run first, so that JIT compilation isn't measured. */
export const warmUp: Run = plan("fitted", 1, 250, 300, { seconds: quick ? 1 : 12 }).run
