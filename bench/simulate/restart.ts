// Reconnection of a failed node's streams to the others: after 1 s, spread over another second.
import type { Agenda } from "./Agenda.ts"
import type { Population } from "./Population.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"

/** Milliseconds: the streams' `retry:`, and the spread of reconnections. */
const retry = 1000
const spread = 1000
const slices = 50

interface Others {
  readonly agenda: Agenda
  readonly nodes: ReadonlyArray<SimulatedNode>
  readonly openMicros: number
}

/** For the failure of the first node. */
export const restart = (population: Population) => {
  /** By node: the share of its new streams that have connected. */
  const shares: Array<number> = []
  let begun = 0
  let last = 0
  let moved = 0

  return {
    /** Streams of a list that a node has taken over so far. */
    joined: (list: number, node: number): number => {
      const share = shares[node]
      return share === undefined ? 0 : Math.round(share * population.movedTo(list, 0, node - 1))
    },
    begin: (at: number, { agenda, nodes, openMicros }: Others) => {
      begun = at
      moved = nodes.length === 1 ? 0 : (population.perNode()[0] ?? 0)
      const each = moved / Math.max(1, nodes.length - 1)
      for (const [index, node] of nodes.entries()) {
        if (index === 0) continue
        for (let slice = 1; slice <= slices; slice++) {
          agenda.add(at + retry + (spread * slice) / slices, (now) => {
            const opened = node.work(now, (each / slices) * openMicros)
            node.counts.opened += each / slices
            agenda.add(opened, (then) => {
              shares[index] = slice / slices
              last = Math.max(last, then)
            })
          })
        }
      }
    },
    result: () => (begun === 0 ? undefined : { streams: moved, seconds: (last - begun) / 1000 })
  }
}
