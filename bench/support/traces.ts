// The requests that bounded caches are compared by: recorded ones, as bench/traces/README.md tells, and synthetic ones with a seed,
// so that a replay gives the same figure every time.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { brotliDecompressSync } from "node:zlib"

/** Keys in the order in which they were asked for. */
export type Trace = ReadonlyArray<string>

export const recorded = (name: "gli" | "oltp"): Trace => {
  const bytes = brotliDecompressSync(readFileSync(join(import.meta.dirname, `../traces/${name}.u32.br`)))
  return Array.from({ length: bytes.length / 4 }, (_, index) => String(bytes.readUInt32LE(index * 4)))
}

/** Evenly from 0 to 1. A Weyl sequence, scrambled as MurmurHash3 finishes. */
const random = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
    return ((twice ^ (twice >>> 16)) >>> 0) / 2 ** 32
  }
}

/** Ranks from 0, that of rank `n` in proportion to 1 / (n + 1) ^ exponent. */
const ranks = (population: number, exponent: number, seed: number) => {
  const sums = new Float64Array(population)
  let sum = 0
  for (let rank = 0; rank < population; rank++) {
    sum += (rank + 1) ** -exponent
    sums[rank] = sum
  }
  const next = random(seed)
  return () => {
    const wanted = next() * sum
    let [low, high] = [0, population - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? sum) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const times = (requests: number, key: (index: number) => string): Trace =>
  Array.from({ length: requests }, (_, index) => key(index))

/** A million keys of lasting popularity. */
export const zipf = (requests: number): Trace => {
  const next = ranks(1_000_000, 0.9, 1)
  return times(requests, () => `key ${next()}`)
}

/** 5,000 keys of lasting popularity; 10,000 requests for them, then 5,000 keys that nobody asks for again, and so on. */
export const scans = (requests: number): Trace => {
  const next = ranks(5000, 0.9, 2)
  return times(requests, (index) => (index % 15_000 < 10_000 ? `key ${next()}` : `once ${index}`))
}

/** So many keys, one after another, over and over. */
export const loop = (requests: number, keys: number): Trace => times(requests, (index) => `key ${index % keys}`)

/** Of 3,000 keys the newest are asked for most, and every fifth request brings another newest. */
export const drift = (requests: number): Trace => {
  const next = ranks(3000, 0.8, 3)
  return times(requests, (index) => `key ${Math.floor(index / 5) - next()}`)
}
