// Arrival times of commands: a Poisson process, optionally in bursts.
import type { Agenda } from "./Agenda.ts"
import type { Load } from "./load.ts"
import type { SimulationRandom } from "./simulationRandom.ts"

/** Milliseconds between bursts, and the share of a burst. */
const period = 2000
const burstShare = 0.25

interface Parts {
  readonly agenda: Agenda
  readonly random: SimulationRandom
}

export const arrivals = (
  { burst, commandsPerSecond, grain = 0, seconds }: Load,
  { agenda, random }: Parts,
  arrive: (at: number) => void
) => {
  const end = seconds * 1000
  /** Rate outside bursts, chosen so that the mean stays the same. */
  const quiet = Math.max(0, (1 - burst * burstShare) / (1 - burstShare))
  const rateAt = (at: number) => commandsPerSecond * (at % period < period * burstShare ? burst : quiet)
  // Thinning: drawn at the highest rate, accepted with the current one's probability.
  const most = commandsPerSecond * Math.max(1, burst)
  const next = (at: number) => {
    const then = at + random.gap(1000 / most)
    if (then >= end) return
    agenda.add(grain === 0 ? then : Math.ceil(then / grain) * grain, (now) => {
      if (random.share() * most < rateAt(now)) arrive(now)
      next(then)
    })
  }
  if (most > 0) next(0)
}
