// The best possible hit ratio of a cache with `entries` entries: evicts the entry that is used last
// in the future, and admits only what is used sooner.
import type { Trace } from "./traces.ts"

/** The index of each key's next use; 0 if there is none. */
const nextUses = (trace: Trace) => {
  const next = new Int32Array(trace.length)
  const later = new Map<string, number>()
  for (let index = trace.length - 1; index >= 0; index--) {
    const key = trace[index] ?? ""
    next[index] = later.get(key) ?? 0
    later.set(key, index)
  }
  return next
}

/** A max-heap. */
class Heap {
  readonly #items: Array<number> = []

  push(item: number) {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent] ?? 0
      if (above >= item) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  pop(): number | undefined {
    const items = this.#items
    const [largest, last] = [items[0], items.pop()]
    if (last === undefined || items.length === 0) return last
    let at = 0
    while (2 * at + 1 < items.length) {
      const [left, right] = [items[2 * at + 1] ?? 0, items[2 * at + 2] ?? 0]
      if (Math.max(left, right) <= last) break
      items[at] = Math.max(left, right)
      at = 2 * at + (left >= right ? 1 : 2)
    }
    items[at] = last
    return largest
  }
}

/**
 * From 0 to 1.
 *
 * Source: L. A. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM
 * Systems Journal, 1966.
 */
export const optimum = (trace: Trace, entries: number): number => {
  const next = nextUses(trace)
  // Entries are identified by the index of their next use; past ones stay at the heap's bottom.
  const kept = new Uint8Array(trace.length)
  const heap = new Heap()
  let [count, hits] = [0, 0]
  for (const [index, use] of next.entries()) {
    if (kept[index] === 1) {
      hits++
      count--
    }
    if (use === 0) continue
    kept[use] = 1
    count++
    heap.push(use)
    if (count <= entries) continue
    kept[heap.pop() ?? 0] = 0
    count--
  }
  return hits / trace.length
}
