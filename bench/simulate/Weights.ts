// A histogram of milliseconds with weights, in steps of 2 %.

const shortest = 0.01
const perStep = Math.log(1.02)
const steps = 1200

export class Weights {
  private readonly counts = new Float64Array(steps)
  total = 0
  private sum = 0

  add(millis: number, count: number) {
    const step = Math.floor(Math.log(Math.max(shortest, millis) / shortest) / perStep)
    const slot = Math.min(steps - 1, step)
    this.counts[slot] = (this.counts[slot] ?? 0) + count
    this.total += count
    this.sum += millis * count
  }

  mean(): number {
    return this.total === 0 ? 0 : this.sum / this.total
  }

  /** The quantile of a share (0 to 1); 0 if empty. */
  quantile(share: number): number {
    let left = share * this.total
    for (const [slot, count] of this.counts.entries()) {
      left -= count
      if (count > 0 && left <= 0) return shortest * Math.exp((slot + 0.5) * perStep)
    }
    return 0
  }
}
