// Splits raw bytes into SSE frames and checks their ids for gaps and duplicates.

/** Passes on regions of whole frames; buffers incomplete ones. */
export const wholeFrames = (onFrames: (bytes: Buffer, from: number, to: number) => void) => {
  let cut: Buffer | undefined
  return (part: Buffer, start: number, end: number) => {
    const bytes = cut === undefined ? part : Buffer.concat([cut, part.subarray(start, end)])
    const from = cut === undefined ? start : 0
    const to = cut === undefined ? end : bytes.length
    cut = undefined
    let whole = to
    if (bytes[to - 1] !== 10 || bytes[to - 2] !== 10 || to - 2 < from) {
      whole = bytes.subarray(from, to).lastIndexOf("\n\n") + 2 + from
      if (whole < from + 2) whole = from
      cut = Buffer.from(bytes.subarray(whole, to))
    }
    if (whole > from) onFrames(bytes, from, whole)
  }
}

const newline = 10
const idLine = Buffer.from("\nid:")

const startsId = (bytes: Buffer, at: number) => bytes[at] === 105 && bytes[at + 1] === 100 && bytes[at + 2] === 58

/**
 * Reads the `id:` of every frame: tries the previous distance first, otherwise searches. Each id
 * must follow the previous one.
 */
export class Ids {
  first = 0
  last = 0
  delivered = 0
  faults = 0
  bytes = 0
  #distance = 0
  readonly #onId: (id: number, bytes: Buffer, at: number) => void

  constructor(onId: (id: number, bytes: Buffer, at: number) => void) {
    this.#onId = onId
  }

  /** The start of the next id's value; -1 if there is none. */
  #next(bytes: Buffer, at: number, to: number, previous: number): number {
    const expected = previous + this.#distance
    if (
      expected > previous &&
      previous > 0 &&
      expected < to &&
      bytes[expected - 4] === newline &&
      startsId(bytes, expected - 3)
    )
      return expected
    const found = bytes.indexOf(idLine, at)
    return found === -1 || found >= to ? -1 : found + 4
  }

  /** Reads a region of whole frames. */
  readonly read = (bytes: Buffer, from: number, to: number): void => {
    this.bytes += to - from
    let previous = 0
    let at = startsId(bytes, from) ? from + 3 : this.#next(bytes, from, to, previous)
    while (at !== -1) {
      if (previous > 0) this.#distance = at - previous
      previous = at
      if (bytes[at] === 32) at++
      let id = 0
      for (let digit = bytes[at] ?? 0; digit >= 48 && digit <= 57; digit = bytes[++at] ?? 0) id = id * 10 + digit - 48
      // An id-only block is no event.
      if (bytes[at] === newline && bytes[at + 1] === newline) {
        at = this.#next(bytes, at, to, previous)
        continue
      }
      if (this.last === 0) this.first = id
      else if (id !== this.last + 1) this.faults++
      this.last = id
      this.delivered++
      this.#onId(id, bytes, at)
      at = this.#next(bytes, at, to, previous)
    }
  }
}
