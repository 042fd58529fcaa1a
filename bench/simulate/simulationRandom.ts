// Seeded pseudo-random numbers for simulations.
import { PCGRandom } from "effect/Utils"

export interface SimulationRandom {
  /** From 0, below 1. */
  readonly share: () => number
  /** From 0, below the limit. */
  readonly below: (limit: number) => number
  /** Between two arrivals that know nothing of each other. */
  readonly gap: (mean: number) => number
}

export const make = (seed: number): SimulationRandom => {
  const generator = new PCGRandom(seed)
  const share = () => generator.number()
  return {
    share,
    below: (limit) => Math.min(limit - 1, Math.floor(share() * limit)),
    gap: (mean) => -Math.log(1 - share()) * mean
  }
}
