// Finds a share that pays by trying: it goes on in a direction while the hit ratio rises, and turns where it doesn't. A bounded cache
// lets it say how much of it is for what came last, and how much for what is used often.

/** Of the whole, as a first step and again after the load has changed. */
const firstStep = 1 / 16
/** Each step is that much of the one before, so that it comes to rest; but never quite. */
const decay = 0.98
const lastStep = 1 / 1024
/** A hit ratio that changes by more is another load. */
const restart = 0.05

/**
 * A share from `least` to `most`, which begins at `least`: each call brings the hit ratio (0 to 1) since the one before, and answers
 * with the next share.
 *
 * Source: G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive Software Cache Management", Middleware 2018.
 */
export const hillClimber = (least: number, most: number): ((hitRatio: number) => number) => {
  let share = least
  // The first ratio is always a rise: with nothing below, it stays at `least` for a period.
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
