// Seeded pseudo-random numbers and ids: the same seed gives the same sequence on every machine.
// Not for secrets: the ids are guessable, so use them in disposable databases only.
import type * as Arr from "effect/Array"
import { PCGRandom } from "effect/Utils"
import { v4, v7 } from "uuid"

/** `stream` selects an independent sequence. Both are integers from 0 below 2^32. */
export const make = (seed: number, stream = 0) => {
  const generator = new PCGRandom(stream, seed)

  /** From 0 (inclusive) to 1 (exclusive). */
  const number = () => generator.number()

  /** An integer from `least` to `most`, inclusive. */
  const between = (least: number, most: number) => least + Math.floor(number() * (most - least + 1))

  /** Box-Muller transform; 1 - u is never 0. */
  const normal = () => Math.sqrt(-2 * Math.log(1 - number())) * Math.cos(2 * Math.PI * number())

  /** Shared buffer, overwritten by the next call. */
  const bytes = Buffer.alloc(16)
  const random16 = () => {
    for (let i = 0; i < bytes.length; i += 4) {
      const bits = number() * 2 ** 32
      bytes[i] = bits
      bytes[i + 1] = bits >>> 8
      bytes[i + 2] = bits >>> 16
      bytes[i + 3] = bits >>> 24
    }
    return bytes
  }

  return {
    number,
    between,
    happens: (probability: number) => number() < probability,
    oneOf: <A>(items: Arr.NonEmptyReadonlyArray<A>): A => items[between(0, items.length - 1)] ?? items[0],
    /** Log-normal distribution by its median; `spread` is the sigma of the logarithm. */
    logNormal: (median: number, spread: number) => median * Math.exp(spread * normal()),
    /** A UUIDv7 of a time in milliseconds since 1970. */
    timeOrderedAt: (msecs: number) => v7({ msecs, random: random16() }),
    /** A UUIDv4. */
    uuid: () => v4({ random: random16() }),
    /** 128 bits, base64url. */
    token: () => random16().toString("base64url")
  }
}

export type SeededRandom = ReturnType<typeof make>
