// A doubly linked list of cache entries, from the coldest to the warmest, which knows how many they are and their bytes: moving
// an entry within it or to another list allocates nothing.

/** What a cache keeps of a key. It is in one list at most. */
export class Entry<V> {
  list: EntryList<V> | undefined
  colder: Entry<V> | undefined
  warmer: Entry<V> | undefined
  readonly key: string
  /** Of the key. */
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

  /** Becomes the warmest here, wherever it was. */
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

  /** Of an entry that is in this list. */
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

  /** Of an entry that is in this list, which keeps its place. */
  resize(entry: Entry<V>, bytes: number): void {
    this.bytes += bytes - entry.bytes
    entry.bytes = bytes
  }
}
