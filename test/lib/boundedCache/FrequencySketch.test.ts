// Approximate counts compared with exact ones.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FrequencySketch, hashKey } from "../../../src/lib/boundedCache/FrequencySketch.ts"

const key = fc.oneof(fc.string({ maxLength: 3 }), fc.nat(30).map(String))
const uses = fc.array(key, { maxLength: 300, size: "max" })

const counted = (keys: ReadonlyArray<string>) => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

describe("FrequencySketch", () => {
  it("never underestimates, saturates at 15 and halves", () => {
    fc.assert(
      fc.property(fc.nat(50), uses, (room, used) => {
        const sketch = new FrequencySketch(room)
        for (const key of used) sketch.add(hashKey(key))
        const before = new Map([...counted(used).keys()].map((key) => [key, sketch.estimate(hashKey(key))]))
        for (const [key, count] of counted(used)) {
          expect(before.get(key)).toBeGreaterThanOrEqual(Math.min(15, count))
          expect(before.get(key)).toBeLessThanOrEqual(15)
        }
        sketch.halve()
        for (const [key, count] of before) expect(sketch.estimate(hashKey(key))).toBe(Math.floor(count / 2))
      })
    )
  })

  it("rarely overestimates up to its designed number of keys", () => {
    const keys = Array.from({ length: 10_000 }, (_, number) => `/api/results?number=${number}`)
    const sketch = new FrequencySketch(keys.length)
    for (const [number, key] of keys.entries())
      for (let use = 0; use < 1 + (number % 3); use++) sketch.add(hashKey(key))
    const exact = keys.filter((key, number) => sketch.estimate(hashKey(key)) === 1 + (number % 3))
    expect(exact.length / keys.length).toBeGreaterThan(0.98)
    const strangers = keys.filter((key) => sketch.estimate(hashKey(`${key}&`)) > 0)
    expect(strangers.length / keys.length).toBeLessThan(0.02)
  })
})
