// Compares the events of two buses during a switch.
import type { Sequence } from "../../domain/StoredEvent.ts"

export interface BusDifferences {
  /** Events received from both. */
  readonly both: number
  /** Events that the other bus did not deliver within 5 seconds. */
  readonly onlyFirst: number
  readonly onlySecond: number
}

/** Milliseconds that one bus may lag behind the other. */
const matchTimeout = 5000
/** Unmatched events; beyond, the oldest count as missing. */
const capacity = 10_000

type Side = "first" | "second"

export const make = () => {
  const unmatched = { first: new Map<Sequence, number>(), second: new Map<Sequence, number>() }
  const missed = { first: 0, second: 0 }
  let both = 0
  const other = (side: Side): Side => (side === "first" ? "second" : "first")

  const expire = (now: number) => {
    for (const side of ["first", "second"] as const) {
      for (const [sequence, since] of unmatched[side]) {
        if (now - since < matchTimeout && unmatched[side].size <= capacity) break
        unmatched[side].delete(sequence)
        missed[other(side)]++
      }
    }
  }
  return {
    /** `now`: monotonic milliseconds. */
    received: (side: Side, sequence: Sequence, now: number) => {
      if (unmatched[other(side)].delete(sequence)) both++
      else unmatched[side].set(sequence, now)
      expire(now)
    },
    /** Called while only one bus carries events: missing events are expected. */
    pause: () => {
      unmatched.first.clear()
      unmatched.second.clear()
    },
    compared: (now: number): BusDifferences => {
      expire(now)
      return { both, onlyFirst: missed.second, onlySecond: missed.first }
    }
  }
}

export type BusComparison = ReturnType<typeof make>
