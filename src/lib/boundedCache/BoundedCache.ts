// A map with room for so many entries and so many bytes, which keeps what is used often: a scan of keys that nobody asks for again
// passes through and pushes nothing out. W-TinyLFU; no timers, no clock, no chance. Its hit ratios: bench/hit-ratio.ts.
import { Entry, EntryList } from "./EntryList.ts"
import { FrequencySketch, hashKey } from "./FrequencySketch.ts"
import { hillClimber } from "./hillClimber.ts"

/** Why a value was lost: no room for so many entries, or bytes, or what is kept instead is used more often. */
export type EvictionCause = "capacity" | "bytes" | "admission"

export interface BoundedCacheOptions<V> {
  /** Entries, at most. Memory for the counts of uses is taken at once: 16 to 32 bytes for each. */
  readonly capacity: number
  /** Bytes of all values, at most. */
  readonly maxBytes: number
  /** Told of each value that is lost other than by `delete`, `clear` or a newer value, once it is gone and the cache is at rest. */
  readonly onEvict?: (key: string, value: V, cause: EvictionCause) => void
}

export interface BoundedCache<V> {
  /** Counts as a use. Never evicts. */
  readonly get: (key: string) => V | undefined
  /** Does not count as a use. */
  readonly peek: (key: string) => V | undefined
  /**
   * Keeps a value of so many bytes, and others or the value itself are lost where there is no room for all. A value of more than
   * `maxBytes` (or of NaN) is never kept. A new key counts as used; a newer value of a known key doesn't, and keeps its place.
   */
  readonly set: (key: string, value: V, bytes: number) => void
  /** The value that was there. */
  readonly delete: (key: string) => V | undefined
  /** Forgets the values, not how often their keys were used. */
  readonly clear: () => void
  /** Entries. */
  readonly size: () => number
  /** Bytes of all values. */
  readonly bytes: () => number
  /** In no particular order. Entries that come or go meanwhile may be among them or not. */
  readonly entries: () => Iterable<[string, V]>
}

/** Of the room that the window leaves. */
const protectedShare = 0.8
/** Of the whole: enough for use to decide, or recency, nearly alone. */
const leastWindow = 0.01
const mostWindow = 0.99
/** Calls of `get` for each entry until counts are halved and the window is changed. */
const usesPerEntry = 10

/**
 * A newcomer begins in the window, among those that came or were used last. What the window has no room for must have been used more
 * often than those that would have to go for it, all together, or goes itself. What is used again outside of the window is protected
 * ("shielded" here): it goes after those that aren't. How large the window is follows from the hit ratio. `get` is O(1) but for the
 * halving of all counts, about a millisecond for a capacity of 100,000, once in ten uses of each entry; `set` weighs as many entries
 * as its bytes need.
 *
 * Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on Storage, 2017;
 * that victims are weighed together, where sizes differ: G. Einziger, O. Eytan, R. Friedman, B. Manes, "Lightweight Robust Size Aware
 * Cache Management", ACM Transactions on Storage, 2022.
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
  /** Where few large entries take all bytes, they age sooner than the capacity says, but not so often that halving costs more. */
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

  /** Those that would have to go for a candidate, coldest first; none where they are used as often as it, or wouldn't do. */
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
    // The window has room, but what is used often has taken more than its share meanwhile.
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

  /** Last of all, so that a listener may use the cache. */
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
