// The bounded cache against a model: a map that applies the reported evictions. And its policy:
// frequent keys survive scans.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as BoundedCache from "../../../src/lib/boundedCache/BoundedCache.ts"

type Loss = readonly [key: string, value: number, cause: BoundedCache.EvictionCause]

const recording = (capacity: number, maxBytes: number) => {
  const losses: Array<Loss> = []
  const cache = BoundedCache.make<number>({ capacity, maxBytes, onEvict: (...loss) => losses.push(loss) })
  return { cache, losses }
}

/** Used as by a caller that computes missing values. */
const ask = (cache: BoundedCache.BoundedCache<number>, key: string, bytes = 1) => {
  if (cache.get(key) === undefined) cache.set(key, 0, bytes)
}

const key = fc.integer({ min: 0, max: 15 }).map((number) => `key ${number}`)
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("get"), key, bytes: fc.constant(0) }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant("set"), key, bytes: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("set"), key, bytes: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("peek", "delete"), key, bytes: fc.constant(0) }) }
)
const commands = fc.array(command, { maxLength: 400, size: "max" })
const bounds = { capacity: fc.integer({ min: 0, max: 10 }), maxBytes: fc.integer({ min: 0, max: 50 }) }

describe("BoundedCache", () => {
  it("holds the latest values minus reported evictions, within its bounds", () => {
    fc.assert(
      fc.property(fc.record({ ...bounds, commands }), ({ capacity, commands, maxBytes }) => {
        const { cache, losses } = recording(capacity, maxBytes)
        const model = new Map<string, { readonly value: number; readonly bytes: number }>()
        const total = () => [...model.values()].reduce((sum, { bytes }) => sum + bytes, 0)
        for (const [value, { bytes, does, key }] of commands.entries()) {
          losses.length = 0
          if (does === "get") expect(cache.get(key)).toBe(model.get(key)?.value)
          else if (does === "peek") expect(cache.peek(key)).toBe(model.get(key)?.value)
          else if (does === "delete") {
            expect(cache.delete(key)).toBe(model.get(key)?.value)
            model.delete(key)
          } else {
            cache.set(key, value, bytes)
            model.set(key, { value, bytes })
          }
          const [tooMany, tooLarge] = [model.size > capacity, total() > maxBytes]
          expect(losses.length > 0).toBe(tooMany || tooLarge)
          for (const [lost, value, cause] of losses) {
            expect(model.get(lost)?.value).toBe(value)
            expect(cause === "admission" || (cause === "capacity" ? tooMany : tooLarge)).toBe(true)
            model.delete(lost)
          }
          expect(new Map(cache.entries())).toEqual(new Map([...model].map(([key, { value }]) => [key, value])))
          expect([cache.size(), cache.bytes()]).toEqual([model.size, total()])
          expect(cache.size() > capacity || cache.bytes() > maxBytes).toBe(false)
        }
      }),
      { numRuns: 100 }
    )
  })

  it("evicts one entry after another and no more than needed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.nat(400), { maxLength: 2000, size: "max" }),
        (room, asked) => {
          const { cache, losses } = recording(room, 1e9)
          for (const number of asked) ask(cache, `key ${number}`)
          expect(cache.size()).toBe(Math.min(room, new Set(asked).size))
          expect(losses.every(([, , cause]) => cause !== "bytes")).toBe(true)
        }
      )
    )
  })

  it("rejects a value larger than the cache and drops its predecessor unreported", () => {
    const { cache, losses } = recording(10, 100)
    cache.set("a", 1, 10)
    cache.set("b", 2, 100 - 10)
    cache.set("a", 3, 101)
    expect(cache.get("a")).toBeUndefined()
    expect(cache.get("b")).toBe(2)
    cache.set("c", 4, Number.NaN)
    cache.set("d", 5, -1)
    expect(losses).toEqual([
      ["a", 3, "bytes"],
      ["c", 4, "bytes"],
      ["d", 5, "bytes"]
    ])
    expect([cache.size(), cache.bytes()]).toEqual([1, 90])
  })

  it("does not report clear and delete, which free their space", () => {
    const { cache, losses } = recording(3, 30)
    for (const key of ["a", "b", "c"]) cache.set(key, 1, 10)
    expect(cache.delete("b")).toBe(1)
    expect(cache.delete("b")).toBeUndefined()
    cache.clear()
    expect([cache.size(), cache.bytes(), [...cache.entries()]]).toEqual([0, 0, []])
    for (const key of ["d", "e", "f"]) cache.set(key, 2, 10)
    expect(cache.size()).toBe(3)
    expect(losses).toEqual([])
  })

  const capacity = 100
  const hot = Array.from({ length: 50 }, (_, number) => `hot ${number}`)
  const hotIn = (cache: BoundedCache.BoundedCache<number>) => hot.filter((key) => cache.peek(key) !== undefined).length

  it("keeps frequent keys through a scan of keys used once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * capacity }), fc.boolean(), (scanned, byBytes) => {
        const { cache, losses } = byBytes ? recording(10_000, 10 * capacity) : recording(capacity, 1e9)
        for (let time = 0; time < 8; time++) for (const key of hot) ask(cache, key, 10)
        for (let number = 0; number < scanned; number++) ask(cache, `once ${number}`, 10)
        // Frequencies are estimates: one key in thousands seems frequent.
        expect(hotIn(cache)).toBeGreaterThanOrEqual(hot.length * 0.95)
        expect(losses.length).toBe(Math.max(0, scanned - (capacity - hot.length)))
      }),
      { numRuns: 20 }
    )
  })

  it("keeps frequent keys through repeated scans", () => {
    const { cache } = recording(capacity, 1e9)
    for (let round = 0; round < 50; round++) {
      for (let time = 0; time < 4; time++) for (const key of hot) ask(cache, key)
      for (let number = 0; number < 5 * capacity; number++) ask(cache, `once ${round} ${number}`)
      if (round > 0) expect(hotIn(cache)).toBeGreaterThanOrEqual(hot.length * 0.9)
    }
  })

  it("keeps most of its capacity of a cycle larger than the cache", () => {
    const { cache } = recording(capacity, 1e9)
    let hits = 0
    for (let number = 0; number < 20_000; number++) {
      const key = `key ${number % 110}`
      if (number >= 10_000 && cache.peek(key) !== undefined) hits++
      ask(cache, key)
    }
    expect(hits / 10_000).toBeGreaterThan(0.7)
  })

  it("replaces formerly popular keys by newly popular ones", () => {
    const { cache } = recording(capacity, 1e9)
    for (let time = 0; time < 100; time++) for (const key of hot) ask(cache, key)
    for (let time = 0; time < 100; time++) {
      for (let number = 0; number < capacity; number++) ask(cache, `new ${number}`)
    }
    expect(hotIn(cache)).toBeLessThan(hot.length * 0.05)
  })

  it("admits a large value only if it outweighs everything that it would evict", () => {
    const { cache, losses } = recording(1000, 100)
    for (let time = 0; time < 3; time++) for (let number = 0; number < 10; number++) ask(cache, `small ${number}`, 10)
    for (let time = 0; time < 5; time++) ask(cache, "large", 50)
    expect(losses).toEqual(Array.from({ length: 5 }, () => ["large", 0, "admission"]))
    for (let time = 0; time < 8; time++) ask(cache, "hot", 20)
    expect(cache.peek("hot")).toBe(0)
    expect(losses.filter(([, , cause]) => cause === "bytes").length).toBe(2)
  })

  it("weighs a growing value as a new one", () => {
    const { cache, losses } = recording(1000, 100)
    for (const key of ["a", "b", "c", "d"]) for (let time = 0; time < (key === "a" ? 9 : 2); time++) ask(cache, key, 25)
    cache.set("b", 1, 50)
    expect(losses).toEqual([["b", 1, "admission"]])
    ask(cache, "b", 25)
    cache.set("a", 2, 50)
    expect(cache.peek("a")).toBe(2)
    expect(losses.slice(1).map(([, , cause]) => cause)).toEqual(["bytes"])
  })

  it("counts get as a use, but neither peek nor set", () => {
    const last = (use: (cache: BoundedCache.BoundedCache<number>, key: string) => void) => {
      const { cache } = recording(10, 1e9)
      for (let number = 0; number < 10; number++) cache.set(`key ${number}`, 0, 1)
      for (let time = 0; time < 3; time++) use(cache, "key 0")
      for (let time = 0; time < 2; time++) for (let number = 0; number < 3; number++) ask(cache, `other ${number}`)
      return cache.peek("key 0") !== undefined
    }
    expect(last((cache, key) => cache.get(key))).toBe(true)
    expect(last((cache, key) => cache.peek(key))).toBe(false)
    expect(last((cache, key) => cache.set(key, 0, 1))).toBe(false)
  })

  it("keeps values used more than once through bursts of new ones", () => {
    const { cache } = recording(10, 1e9)
    const old = ["a", "b", "c", "d"]
    for (const key of [...old, "e", "f", "g", "h", "i", "j", ...old]) ask(cache, key)
    for (let number = 0; number < 12; number++) for (let time = 0; time < 4; time++) ask(cache, `burst ${number}`)
    expect(old.filter((key) => cache.peek(key) === undefined)).toEqual([])
    expect(cache.peek("burst 0")).toBe(0)
  })

  it("may be used by its listener", () => {
    const lost: Array<string> = []
    const cache = BoundedCache.make<number>({
      capacity: 2,
      maxBytes: 1e9,
      onEvict: (key) => {
        lost.push(key)
        expect(cache.peek(key)).toBeUndefined()
        if (lost.length < 5) cache.set(`again ${lost.length}`, 0, 1)
      }
    })
    for (const key of ["a", "b", "c"]) cache.set(key, 0, 1)
    expect(new Set(lost).size).toBe(5)
    expect(cache.size()).toBe(2)
  })
})
