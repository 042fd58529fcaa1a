// Token buckets of one process, in a bounded store.
import * as Effect from "effect/Effect"
import { LRUCache } from "lru-cache"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { type Limit, maxBuckets, RateLimited } from "./RateLimits.ts"

/** Missing tokens, as refill time, at a moment: both in monotonic milliseconds. */
interface Bucket {
  readonly ahead: number
  readonly at: number
}

/** Tolerance for accumulated rounding errors. */
const tolerance = 1e-6

/**
 * A limit per `window` milliseconds. Each limit has its own store, so a flood at one evicts no
 * buckets of another.
 */
export const make = (limit: number, window: number): Limit => {
  // Allocated on first use: a megabyte and some milliseconds of the start.
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
