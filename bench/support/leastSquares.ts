// Non-negative least squares on relative errors: fits costs to measurements.

export interface Observation {
  readonly took: number
  /** The part explained by other costs. */
  readonly known?: number
  /** Relative weight; 1 by default. */
  readonly weight?: number
  /** The number of occurrences of each operation. */
  readonly counts: ReadonlyArray<number>
}

const rounds = 20_000

/** Coordinate descent, for a fixed number of rounds. */
export const solve = (observations: ReadonlyArray<Observation>, unknowns: number): ReadonlyArray<number> => {
  const usable = observations.filter(({ took }) => took > 0)
  const rows = usable.map(({ counts, took, weight = 1 }) => counts.map((count) => (count / took) * weight))
  const found = Array.from({ length: unknowns }, () => 0)
  const rests = usable.map(({ known = 0, took, weight = 1 }) => ((took - known) / took) * weight)
  for (let round = 0; round < rounds; round++) {
    for (let unknown = 0; unknown < unknowns; unknown++) {
      let up = 0
      let down = 0
      for (const [index, row] of rows.entries()) {
        const weight = row[unknown] ?? 0
        up += weight * (rests[index] ?? 0)
        down += weight * weight
      }
      if (down === 0) continue
      const before = found[unknown] ?? 0
      const after = Math.max(0, before + up / down)
      found[unknown] = after
      for (const [index, row] of rows.entries())
        rests[index] = (rests[index] ?? 0) - (after - before) * (row[unknown] ?? 0)
    }
  }
  return found
}
