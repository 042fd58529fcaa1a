// The event queue of the simulation, by time and, for equal times, by insertion.

interface Due {
  readonly at: number
  readonly number: number
  readonly run: (at: number) => void
}

const isBefore = (one: Due, other: Due) => one.at < other.at || (one.at === other.at && one.number < other.number)

/** A binary heap. */
export class Agenda {
  private readonly heap: Array<Due> = []
  private said = 0

  /** `at`: milliseconds, not before the current event. */
  add(at: number, run: (at: number) => void) {
    const due = { at, number: this.said++, run }
    let place = this.heap.push(due) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.heap[above]
      if (other === undefined || !isBefore(due, other)) break
      this.heap[place] = other
      place = above
    }
    this.heap[place] = due
  }

  private take(): Due | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    const size = this.heap.length
    if (last === undefined || size === 0) return first
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      let next = this.heap[below]
      if (next === undefined) break
      const right = this.heap[below + 1]
      if (right !== undefined && isBefore(right, next)) {
        below++
        next = right
      }
      if (!isBefore(next, last)) break
      this.heap[place] = next
      place = below
    }
    this.heap[place] = last
    return first
  }

  /** Runs all events, including those added meanwhile. */
  run() {
    for (let due = this.take(); due !== undefined; due = this.take()) due.run(due.at)
  }
}
