// A doubly linked list of cache entries, coldest first, with count and bytes; moves allocate
// nothing.

/** A cache entry; in at most one list. */
export class Entry<V> {
  list: EntryList<V> | undefined
  colder: Entry<V> | undefined
  warmer: Entry<V> | undefined
  readonly key: string
  /** Hash of the key. */
  readonly hash: number
  value: V
  bytes: number

  constructor(key: string, hash: number, value: V, bytes: number) {
    this.key = key
    this.hash = hash
    this.value = value
    this.bytes = bytes
  }
}

export class EntryList<V> {
  coldest: Entry<V> | undefined
  #warmest: Entry<V> | undefined
  count = 0
  bytes = 0

  /** Moves an entry to the warm end of this list, from any list. */
  take(entry: Entry<V>): void {
    if (entry === this.#warmest) return
    entry.list?.remove(entry)
    entry.list = this
    entry.colder = this.#warmest
    if (this.#warmest === undefined) this.coldest = entry
    else this.#warmest.warmer = entry
    this.#warmest = entry
    this.count++
    this.bytes += entry.bytes
  }

  /** The entry must be in this list. */
  remove(entry: Entry<V>): void {
    if (entry.colder === undefined) this.coldest = entry.warmer
    else entry.colder.warmer = entry.warmer
    if (entry.warmer === undefined) this.#warmest = entry.colder
    else entry.warmer.colder = entry.colder
    entry.list = undefined
    entry.colder = undefined
    entry.warmer = undefined
    this.count--
    this.bytes -= entry.bytes
  }

  /** Changes an entry's size in place; it must be in this list. */
  resize(entry: Entry<V>, bytes: number): void {
    this.bytes += bytes - entry.bytes
    entry.bytes = bytes
  }
}
