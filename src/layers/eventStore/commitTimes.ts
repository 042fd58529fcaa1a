// Commit times of the last minute: the first sign of a slow disk or database.
/** Maximum number of recorded commits, and their retention in milliseconds. */
const capacity = 512
const memory = 60_000

export const make = () => {
  const durations = new Float64Array(capacity)
  const ends = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  return {
    took: (milliseconds: number) => {
      durations[next] = milliseconds
      ends[next] = performance.now()
      next = (next + 1) % capacity
    },
    /** 99th percentile in seconds; 0 without commits. */
    p99: (): number => {
      const since = performance.now() - memory
      const recent = durations.filter((_, index) => (ends[index] ?? 0) >= since).sort()
      return (recent[Math.floor(recent.length * 0.99)] ?? 0) / 1000
    }
  }
}
