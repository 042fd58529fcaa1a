// A priority queue of plans, earliest first; a binary heap, because there are hundreds of
// thousands.

export interface Due {
  /** Milliseconds since 1970. */
  readonly at: number
}

export class Agenda<Plan extends Due> {
  readonly #heap: Array<Plan> = []

  get size(): number {
    return this.#heap.length
  }

  add(plan: Plan): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(plan)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.at <= plan.at) break
      heap[index] = parent
      index = above
    }
    heap[index] = plan
  }

  /** Removes and returns the earliest plan, if it is due by `now`. */
  next(now: number): Plan | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()
    if (last !== undefined && last !== first) this.#sink(last)
    return first
  }

  /** Moves a plan from the root down to its place. */
  #sink(plan: Plan): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) break
      const takesRight = right !== undefined && right.at < left.at
      const child = takesRight ? right : left
      if (child.at >= plan.at) break
      heap[index] = child
      index = 2 * index + (takesRight ? 2 : 1)
    }
    heap[index] = plan
  }
}
