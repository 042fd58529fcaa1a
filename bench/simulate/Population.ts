// Distributes streams over lists (Zipf's law) and nodes, in two arrays: memory doesn't depend on
// the number of streams.

export interface Audience {
  readonly lists: number
  readonly streams: number
  readonly nodes: number
  /** Exponent: 0 is uniform, with 1 the second list has half the streams of the first. */
  readonly zipf: number
}

/** Distributes the lists' first streams over the nodes. */
const offset = (list: number, nodes: number) => (Math.imul(list + 1, 0x9e3779b1) >>> 0) % nodes

/** Deals `count` items round robin from `first`: the number for `of` among `to`. */
const dealt = (count: number, first: number, of: number, to: number) =>
  Math.floor(count / to) + ((of - first + to) % to < count % to ? 1 : 0)

export class Population {
  /** Cumulative popularity of the lists up to an index, in [0, 1]. */
  private readonly cumulated: Float64Array
  private readonly counts: Uint32Array
  readonly audience: Audience

  constructor(audience: Audience) {
    const { lists, streams, zipf } = audience
    this.audience = audience
    this.cumulated = new Float64Array(lists)
    this.counts = new Uint32Array(lists)
    let sum = 0
    for (let list = 0; list < lists; list++) {
      sum += 1 / (list + 1) ** zipf
      this.cumulated[list] = sum
    }
    let before = 0
    for (let list = 0; list < lists; list++) {
      const share = (this.cumulated[list] ?? 0) / sum
      this.cumulated[list] = share
      const upTo = Math.round(streams * share)
      this.counts[list] = upTo - before
      before = upTo
    }
  }

  /** The list of a command, by popularity; `share` in [0, 1). */
  pick(share: number): number {
    let low = 0
    let high = this.audience.lists - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.cumulated[middle] ?? 1) > share) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Streams of a list. */
  of(list: number): number {
    return this.counts[list] ?? 0
  }

  /** Streams of a list on a node. */
  on(list: number, node: number): number {
    const { nodes } = this.audience
    return dealt(this.of(list), offset(list, nodes), node, nodes)
  }

  /** Streams of a failed node that move to the `place`th remaining one. */
  movedTo(list: number, gone: number, place: number): number {
    const left = this.audience.nodes - 1
    return left === 0 ? 0 : dealt(this.on(list, gone), offset(list, left), place, left)
  }

  /** Streams by node. */
  perNode(): ReadonlyArray<number> {
    const { lists, nodes } = this.audience
    // Each list adds the same to all nodes, and one more to a run of them.
    const changes = new Int32Array(nodes + 1)
    let same = 0
    for (let list = 0; list < lists; list++) {
      const count = this.of(list)
      same += Math.floor(count / nodes)
      const first = offset(list, nodes)
      const end = first + (count % nodes)
      changes[first] = (changes[first] ?? 0) + 1
      if (end <= nodes) changes[end] = (changes[end] ?? 0) - 1
      else {
        changes[0] = (changes[0] ?? 0) + 1
        changes[end - nodes] = (changes[end - nodes] ?? 0) - 1
      }
    }
    let more = 0
    return Array.from({ length: nodes }, (_, node) => {
      more += changes[node] ?? 0
      return same + more
    })
  }
}
