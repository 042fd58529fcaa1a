// Seeded pseudo-random numbers for simulations.
import { PCGRandom } from "effect/Utils"

export interface SimulationRandom {
  /** Uniform in [0, 1). */
  readonly share: () => number
  /** A uniform integer in [0, limit). */
  readonly below: (limit: number) => number
  /** Exponentially distributed: the time between independent arrivals. */
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
