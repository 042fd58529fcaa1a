// Token buckets of this process alone, in a store that is bounded.
import * as Effect from "effect/Effect"
import { LRUCache } from "lru-cache"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { type Limit, maxBuckets, RateLimited } from "./RateLimits.ts"

/** How far a bucket was from being full at a time: both in monotonic milliseconds. A window's refill is the whole of it. */
interface Bucket {
  readonly ahead: number
  readonly at: number
}

/** Fractions of a token's time are added up: what they lack by is no refusal. */
const tolerance = 1e-6

/** One limit of so much in `window` milliseconds. Each limit has buckets of its own: a flood of addresses at one makes no other forget. */
export const make = (limit: number, window: number): Limit => {
  // Room for all of them is taken at once: a megabyte and some milliseconds that a start can do without.
  let buckets: LRUCache<string, Bucket> | undefined
  let refused = 0
  const perToken = window / limit
  const aheadOf = (key: string, now: number) => {
    const bucket = buckets?.get(key)
    return bucket === undefined ? 0 : Math.max(0, bucket.ahead - (now - bucket.at))
  }
  const set = (key: string, ahead: number, at: number) => {
    buckets ??= new LRUCache({ max: maxBuckets })
    buckets.set(key, { ahead, at })
  }
  const orRefuse = (key: string, use: (ahead: number, now: number) => void) =>
    Effect.flatMap(monotonicMillis, (now) => {
      const ahead = aheadOf(key, now)
      const missing = ahead + perToken - window
      if (missing <= tolerance) return Effect.sync(() => use(ahead, now))
      refused++
      return new RateLimited({ retryAfter: Math.max(1, Math.ceil((missing - tolerance) / 1000)) })
    })
  return {
    take: (key) => orRefuse(key, (ahead, now) => set(key, ahead + perToken, now)),
    ask: (key) => orRefuse(key, () => {}),
    charge: (key, tokens) =>
      Effect.map(monotonicMillis, (now) => set(key, Math.min(aheadOf(key, now) + tokens * perToken, 2 * window), now)),
    refused: () => refused
  }
}
