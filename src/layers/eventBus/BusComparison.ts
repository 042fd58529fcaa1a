// While two buses carry the same events: what one brought and the other didn't.
import type { Sequence } from "../../domain/StoredEvent.ts"

export interface BusDifferences {
  /** Events that both have brought. */
  readonly both: number
  /** Events that the other one hasn't brought within some seconds. */
  readonly onlyFirst: number
  readonly onlySecond: number
}

/** Milliseconds that one bus may be slower than the other. */
const matchTimeout = 5000
/** Events of which only one bus has told so far; beyond, the oldest are given up. */
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
    /** `now` in monotonic milliseconds. */
    received: (side: Side, sequence: Sequence, now: number) => {
      if (unmatched[other(side)].delete(sequence)) both++
      else unmatched[side].set(sequence, now)
      expire(now)
    },
    /** One of the two carries nothing any more, or not yet: what it would have brought is no fault. */
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
