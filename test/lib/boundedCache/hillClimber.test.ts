// The adaptive search for the best share, on functions with a known maximum.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hillClimber } from "../../../src/lib/boundedCache/hillClimber.ts"

const ratio = fc.double({ min: 0, max: 1, noNaN: true })

describe("hillClimber", () => {
  it("finds the maximum, and the new one after the load changes", () => {
    fc.assert(
      fc.property(ratio, ratio, (first, second) => {
        const climb = hillClimber(0.01, 0.99)
        let share = 0.01
        for (const top of [first, second]) {
          let sum = 0
          for (let period = 0; period < 600; period++) {
            share = climb(0.9 - Math.abs(share - top) * 0.5)
            if (period >= 400) sum += share
          }
          expect(Math.abs(sum / 200 - top)).toBeLessThan(0.1)
        }
      })
    )
  })

  it("stays within its bounds and never stops adapting", () => {
    fc.assert(
      fc.property(fc.array(ratio, { maxLength: 100 }), (ratios) => {
        const climb = hillClimber(0.2, 0.6)
        for (const hitRatio of ratios) {
          const share = climb(hitRatio)
          expect(share >= 0.2 && share <= 0.6).toBe(true)
        }
        for (let period = 0; period < 50_000; period++) climb(0.5)
        const shares = Array.from({ length: 2000 }, (_, period) => climb(0.5 - period / 1e6))
        expect(new Set(shares).size).toBeGreaterThan(1)
      }),
      { numRuns: 20 }
    )
  })
})
