// Statistics of repeated measurements: median and range, ratios of paired rounds, percentiles.

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The quantile of a share (0 to 1); NaN if empty. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

const median = (values: ReadonlyArray<number>) => {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? upper)) / 2
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values)
})

/** Ratios by round: noise in a round affects both. */
export const ratios = (ours: ReadonlyArray<number>, baseline: ReadonlyArray<number>): Spread =>
  spread(ours.map((value, round) => value / (baseline[round] ?? Number.NaN)))

const resolution = 0.01
const longest = 20_000

/** A histogram of milliseconds in steps of 0.01, up to 20 s, without allocations. */
export class Histogram {
  #counts = new Uint32Array(longest / resolution + 1)
  #total = 0

  add(millis: number) {
    const slot = Math.max(0, Math.min(longest, millis)) / resolution
    this.#counts[slot | 0] = (this.#counts[slot | 0] ?? 0) + 1
    this.#total++
  }

  quantile(share: number): number {
    let left = share * this.#total
    for (const [slot, count] of this.#counts.entries()) {
      left -= count
      if (count > 0 && left <= 0) return slot * resolution
    }
    return Number.NaN
  }

  reset() {
    this.#counts.fill(0)
    this.#total = 0
  }
}
