// Time and pacing. CLOCK_MONOTONIC is shared by all processes, so timestamps can be compared.

/** Fractional milliseconds since the machine's start. */
export const clock = (): number => {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1000 + nanos / 1e6
}

export interface Pace {
  /** Per second. */
  readonly rate: number
  readonly seconds: number
}

const tick = 5

/**
 * Calls `due` every 5 ms with the number due since the last call; late calls get more, which keeps
 * the rate. Resolves with the seconds until the last was handed over.
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
