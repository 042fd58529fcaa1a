// When commands come: each at a time of its own, and if wanted in bursts.
import type { Agenda } from "./Agenda.ts"
import type { Load } from "./load.ts"
import type { SimulationRandom } from "./simulationRandom.ts"

/** Milliseconds from burst to burst, and how long one takes of them. */
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
  /** The mean is the same with bursts and without. */
  const quiet = Math.max(0, (1 - burst * burstShare) / (1 - burstShare))
  const rateAt = (at: number) => commandsPerSecond * (at % period < period * burstShare ? burst : quiet)
  // Drawn at the highest rate, and taken as often as the rate of the moment says.
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
