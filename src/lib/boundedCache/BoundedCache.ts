// A cache bounded by entries and bytes. Scan-resistant: keys requested once evict nothing.
// W-TinyLFU, deterministic, without timers. Hit ratios: bench/hit-ratio.ts.
import { Entry, EntryList } from "./EntryList.ts"
import { FrequencySketch, hashKey } from "./FrequencySketch.ts"
import { hillClimber } from "./hillClimber.ts"

/** Cause of an eviction: entry limit, byte limit, or rejected by the admission policy. */
export type EvictionCause = "capacity" | "bytes" | "admission"

export interface BoundedCacheOptions<V> {
  /** Maximum entries. The frequency sketch is allocated up front: 16 to 32 bytes per entry. */
  readonly capacity: number
  /** Bytes of all values, at most. */
  readonly maxBytes: number
  /** Called for each evicted value (not for `delete`, `clear` or replacement), after the change. */
  readonly onEvict?: (key: string, value: V, cause: EvictionCause) => void
}

export interface BoundedCache<V> {
  /** Counts as a use; evicts nothing. */
  readonly get: (key: string) => V | undefined
  /** Does not count as a use. */
  readonly peek: (key: string) => V | undefined
  /**
   * Stores a value, evicting others or the value itself to stay within the limits. A value above
   * `maxBytes` (or NaN) is never stored. A new key counts as used; replacing a value does not.
   */
  readonly set: (key: string, value: V, bytes: number) => void
  /** Returns the removed value. */
  readonly delete: (key: string) => V | undefined
  /** Removes all values; keeps the frequency counts. */
  readonly clear: () => void
  /** Entries. */
  readonly size: () => number
  /** Bytes of all values. */
  readonly bytes: () => number
  /** Unordered. May include or omit entries that are added or removed during the iteration. */
  readonly entries: () => Iterable<[string, V]>
}

/** Share of the main space for protected entries. */
const protectedShare = 0.8
/** Bounds of the window's share of the capacity. */
const leastWindow = 0.01
const mostWindow = 0.99
/** `get` calls per entry until the counts are halved and the window is adapted. */
const usesPerEntry = 10

/**
 * A new entry starts in the window (LRU). An entry leaving the window is admitted only if it was
 * used more often than all victims together. An entry used again outside the window becomes
 * protected ("shielded"). The window's size follows the hit ratio. `get` is O(1), except halving
 * the counts: about 1 ms for a capacity of 100,000, once per ten uses of each entry. `set` examines
 * as many victims as its bytes need.
 *
 * Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy",
 * ACM Transactions on Storage, 2017; weighing victims together for varying sizes: G. Einziger, O.
 * Eytan, R. Friedman, B. Manes, "Lightweight Robust Size Aware Cache Management", ACM Transactions
 * on Storage, 2022.
 */
export const make = <V>({ capacity, maxBytes, onEvict }: BoundedCacheOptions<V>): BoundedCache<V> => {
  const known = new Map<string, Entry<V>>()
  const recent = new EntryList<V>()
  const probation = new EntryList<V>()
  const shielded = new EntryList<V>()
  const uses = new FrequencySketch(capacity)
  const climb = hillClimber(leastWindow, mostWindow)
  let window = leastWindow
  let hits = 0
  let misses = 0
  const lost: Array<{ readonly key: string; readonly value: V; readonly cause: EvictionCause }> = []
  /** Minimum period for caches of few large entries, so that halving stays cheap. */
  const leastEntries = capacity / 100

  const bytes = () => recent.bytes + probation.bytes + shielded.bytes
  const isFull = () => known.size > capacity || bytes() > maxBytes
  const exceeds = (list: EntryList<V>, share: number) =>
    list.count > Math.max(1, share * capacity) || list.bytes > share * maxBytes

  const drop = (entry: Entry<V>, cause: EvictionCause) => {
    entry.list?.remove(entry)
    known.delete(entry.key)
    lost.push({ key: entry.key, value: entry.value, cause })
  }
  const dropForRoom = (entry: Entry<V>) => drop(entry, known.size > capacity ? "capacity" : "bytes")

  const endPeriod = () => {
    uses.halve()
    window = climb(hits / (hits + misses))
    hits = 0
    misses = 0
  }

  const promote = (entry: Entry<V>) => {
    shielded.take(entry)
    while (exceeds(shielded, (1 - window) * protectedShare)) {
      if (shielded.coldest === undefined) return
      probation.take(shielded.coldest)
    }
  }

  /**
   * Victims of a candidate, coldest first. Empty if together they are used at least as often as the
   * candidate, or free too few bytes.
   */
  const victimsOf = (candidate: Entry<V>): ReadonlyArray<Entry<V>> => {
    const victims: Array<Entry<V>> = []
    let [count, size, value] = [known.size, bytes(), uses.estimate(candidate.hash)]
    for (const list of [probation, shielded]) {
      for (let entry = list.coldest; entry !== undefined; entry = entry.warmer) {
        if (entry === candidate) continue
        value -= uses.estimate(entry.hash)
        if (value <= 0) return []
        victims.push(entry)
        count--
        size -= entry.bytes
        if (count <= capacity && size <= maxBytes) return victims
      }
    }
    return []
  }

  const contest = (candidate: Entry<V>) => {
    const victims = victimsOf(candidate)
    if (victims.length === 0) drop(candidate, "admission")
    else victims.forEach(dropForRoom)
  }

  const makeRoom = () => {
    while (exceeds(recent, window)) {
      const candidate = recent.coldest
      if (candidate === undefined) break
      probation.take(candidate)
      if (isFull()) contest(candidate)
    }
    // The window has room, but the main space exceeds its share.
    while (isFull()) {
      const coldest = probation.coldest ?? shielded.coldest ?? recent.coldest
      if (coldest === undefined) break
      dropForRoom(coldest)
    }
  }

  const add = (key: string, value: V, size: number) => {
    const entry = new Entry(key, hashKey(key), value, size)
    known.set(key, entry)
    uses.add(entry.hash)
    recent.take(entry)
    makeRoom()
  }

  const replace = (entry: Entry<V>, value: V, size: number) => {
    entry.value = value
    entry.list?.resize(entry, size)
    if (entry.list !== recent && isFull()) contest(entry)
    makeRoom()
  }

  const remove = (key: string) => {
    const entry = known.get(key)
    entry?.list?.remove(entry)
    known.delete(key)
    return entry?.value
  }

  /** Called last, so that a listener may use the cache. */
  const report = () => {
    if (lost.length === 0) return
    for (const { cause, key, value } of lost.splice(0)) onEvict?.(key, value, cause)
  }

  return {
    get: (key) => {
      const entry = known.get(key)
      if (entry === undefined) misses++
      else {
        hits++
        uses.add(entry.hash)
        if (entry.list === recent) recent.take(entry)
        else promote(entry)
      }
      if (hits + misses >= usesPerEntry * Math.max(known.size, leastEntries)) endPeriod()
      return entry?.value
    },
    peek: (key) => known.get(key)?.value,
    set: (key, value, size) => {
      const entry = known.get(key)
      if (!(size >= 0 && size <= maxBytes)) {
        remove(key)
        lost.push({ key, value, cause: "bytes" })
      } else if (entry === undefined) add(key, value, size)
      else replace(entry, value, size)
      report()
    },
    delete: remove,
    clear: () => {
      for (const key of known.keys()) remove(key)
    },
    size: () => known.size,
    bytes,
    entries: function* () {
      for (const [key, { value }] of known) yield [key, value]
    }
  }
}
