// Request traces for comparing caches: recorded ones (bench/traces/README.md), and synthetic ones,
// deterministic by seed.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { brotliDecompressSync } from "node:zlib"

/** Keys in the order of requests. */
export type Trace = ReadonlyArray<string>

export const recorded = (name: "gli" | "oltp"): Trace => {
  const bytes = brotliDecompressSync(readFileSync(join(import.meta.dirname, `../traces/${name}.u32.br`)))
  return Array.from({ length: bytes.length / 4 }, (_, index) => String(bytes.readUInt32LE(index * 4)))
}

/** Uniform in [0, 1): a Weyl sequence with MurmurHash3's finalizer. */
const random = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
    return ((twice ^ (twice >>> 16)) >>> 0) / 2 ** 32
  }
}

/**
 * Zipf-distributed ranks from 0: the frequency of rank `n` is proportional to 1 / (n + 1)^exponent.
 */
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

/** A million keys of constant popularity. */
export const zipf = (requests: number): Trace => {
  const next = ranks(1_000_000, 0.9, 1)
  return times(requests, () => `key ${next()}`)
}

/** Alternates 10,000 requests for 5,000 popular keys with 5,000 keys requested once. */
export const scans = (requests: number): Trace => {
  const next = ranks(5000, 0.9, 2)
  return times(requests, (index) => (index % 15_000 < 10_000 ? `key ${next()}` : `once ${index}`))
}

/** `keys` keys in a cycle. */
export const loop = (requests: number, keys: number): Trace => times(requests, (index) => `key ${index % keys}`)

/** The newest of 3,000 keys are the most popular; every fifth request adds one. */
export const drift = (requests: number): Trace => {
  const next = ranks(3000, 0.8, 3)
  return times(requests, (index) => `key ${Math.floor(index / 5) - next()}`)
}
