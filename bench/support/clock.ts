// Time and pace. The clock is CLOCK_MONOTONIC: all processes of one machine read the same, so one may stamp and another compare.

/** Milliseconds with their fraction, since the machine started. */
export const clock = (): number => {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}

export interface Pace {
  /** A second. */
  readonly rate: number
  readonly seconds: number
}

const tick = 5

/**
 * Calls `due` every 5 ms with how many are due by then. Who comes late gets more at once: the rate holds, whatever the
 * loop suffers. Resolves with the seconds it took until the last was handed over.
 */
export const pace = ({ rate, seconds }: Pace, due: (count: number) => void): Promise<number> =>
  new Promise((resolve) => {
    const started = clock()
    const total = Math.round(rate * seconds)
    let handed = 0
    const step = () => {
      const ticks = Math.floor((clock() - started) / tick) + 1
      const count = Math.min(total, Math.round((ticks * tick * rate) / 1000)) - handed
      if (count > 0) {
        handed += count
        due(count)
      }
      if (handed >= total) return resolve((clock() - started) / 1000)
      setTimeout(step, Math.ceil(started + ticks * tick - clock()))
    }
    step()
  })
