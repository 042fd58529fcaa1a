// Costs out of measurements: the figures, none below 0, that explain what each run took as well as can be, relative to what it took.

export interface Observation {
  readonly took: number
  /** What of it is explained already. */
  readonly known?: number
  /** How much it says beside the others; 1 where nothing is given. */
  readonly weight?: number
  /** How often each thing happened. */
  readonly counts: ReadonlyArray<number>
}

const rounds = 20_000

/** One coordinate after the other, until none moves any more. */
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
