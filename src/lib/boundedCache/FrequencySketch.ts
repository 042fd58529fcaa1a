// Approximate recent frequency of keys, also of keys that are not cached: the count-min sketch with
// aging of TinyLFU. Measured by bench/hit-ratio.ts.

const rows = 4
/** Counters per key and row: few collisions affect admission. */
const countersPerKey = 4
/** Saturation: four halvings forget a popular key. */
const ceiling = 15

/**
 * 32 bits of a key for a sketch: FNV-1a (Fowler, Noll, Vo), finished as MurmurHash3 (Appleby) does
 * so that the low bits are mixed too.
 */
export const hashKey = (key: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/**
 * Counts uses of hashed keys from 0 to 15. An estimate is never too low (but for the halvings), and
 * too high only for a key that shares all of its four counters. Allocates 16 to 32 bytes per
 * expected key (`keys`) up front.
 *
 * Sources: G. Cormode, S. Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and
 * its Applications", 2005; G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache
 * Admission Policy", ACM Transactions on Storage, 2017.
 */
export class FrequencySketch {
  readonly #counters: Uint8Array
  /** The same memory as 32-bit words, four counters each. */
  readonly #words: Uint32Array
  readonly #width: number

  constructor(keys: number) {
    this.#width = 2 ** Math.ceil(Math.log2(Math.max(2, keys * countersPerKey)))
    this.#words = new Uint32Array((this.#width * rows) / 4)
    this.#counters = new Uint8Array(this.#words.buffer)
  }

  /**
   * Counts one use. Only the lowest of a key's counters rise, since the others are too high
   * already: C. Estan, G. Varghese, "New Directions in Traffic Measurement and Accounting", SIGCOMM
   * 2002.
   */
  add(hash: number): void {
    const lowest = this.estimate(hash)
    if (lowest === ceiling) return
    const step = stepOf(hash)
    for (let row = 0; row < rows; row++) {
      const slot = this.#slot(hash, step, row)
      if (this.#counters[slot] === lowest) this.#counters[slot] = lowest + 1
    }
  }

  estimate(hash: number): number {
    const step = stepOf(hash)
    let lowest = ceiling
    for (let row = 0; row < rows; row++) {
      const count = this.#counters[this.#slot(hash, step, row)] ?? 0
      if (count < lowest) lowest = count
    }
    return lowest
  }

  /** Halves all counts; about 1 ms for 100,000 keys. */
  halve(): void {
    const words = this.#words
    for (let index = 0; index < words.length; index++) words[index] = ((words[index] ?? 0) >>> 1) & 0x07070707
  }

  /**
   * Double hashing for four rows: A. Kirsch, M. Mitzenmacher, "Less Hashing, Same Performance",
   * 2008.
   */
  #slot(hash: number, step: number, row: number): number {
    return row * this.#width + ((hash + row * step) & (this.#width - 1))
  }
}

const stepOf = (hash: number) => (Math.imul(hash, 0x9e3779b1) >>> 12) | 1
