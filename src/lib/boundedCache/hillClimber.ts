// Hill climbing: moves a share while the hit ratio rises, and reverses when it falls. A bounded
// cache adapts its window with it.

/** Initial step, also after a change of load. */
const firstStep = 1 / 16
/** Decay of the step size per move. */
const decay = 0.98
const lastStep = 1 / 1024
/** A larger change of the hit ratio counts as a new load and restarts the search. */
const restart = 0.05

/**
 * A share from `least` to `most`, initially `least`. Call it with the hit ratio (0 to 1) since the
 * previous call; it returns the next share.
 *
 * Source: G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive Software Cache Management",
 * Middleware 2018.
 */
export const hillClimber = (least: number, most: number): ((hitRatio: number) => number) => {
  let share = least
  // The first ratio always counts as a rise, so the share stays at `least` for one period.
  let step = -firstStep
  let before = 0
  return (hitRatio) => {
    const change = hitRatio - before
    before = hitRatio
    const move = change > 0 ? step : -step
    step = Math.sign(move) * (Math.abs(change) >= restart ? firstStep : Math.max(lastStep, Math.abs(move) * decay))
    share = Math.min(most, Math.max(least, share + move))
    return share
  }
}
