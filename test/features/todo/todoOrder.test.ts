// Order keys: moves put todos where they are asked to be, and keys stay short.
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyAfter, keyBetween, longestKey, placing } from "../../../src/features/todo/todoOrder.ts"

interface Item {
  readonly todoId: number
  readonly order: string
}

const ofSize = (size: number) => {
  let items: ReadonlyArray<Item> = []
  for (let todoId = 0; todoId < size; todoId++) items = [...items, { todoId, order: keyAfter(items.at(-1)?.order) }]
  return items
}

/** Moves an item in front of another place, by keys alone; also returns how many keys changed. */
const moved = (items: ReadonlyArray<Item>, from: number, to: number) => {
  const todoId = items[from]?.todoId ?? expect.fail()
  const others = items.filter((item) => item.todoId !== todoId)
  const changes = placing(others, todoId, to)
  const orders = new Map(changes.map((item) => [item.todoId, item.order]))
  const after = items
    .map((item) => ({ ...item, order: orders.get(item.todoId) ?? item.order }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
  expect(after.map((item) => item.todoId)).toEqual(others.map((item) => item.todoId).toSpliced(to, 0, todoId))
  expect(new Set(after.map(({ order }) => order)).size).toBe(items.length)
  return { after, changed: changes.length }
}
const longest = (items: ReadonlyArray<Item>) => Math.max(...items.map(({ order }) => order.length))

describe("order keys", () => {
  it("law: a key is between its neighbours, and canonical", () => {
    const digit = fc.constantFrom(..."0189ABYZabyz")
    const key = fc
      .tuple(fc.array(digit, { minLength: 6, maxLength: 6 }), fc.array(digit, { maxLength: 8 }))
      .map(([whole, part]) => whole.join("") + part.join("").replace(/0+$/, ""))
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other)
        const [low, high] = one < other ? [one, other] : [other, one]
        const between = keyBetween(low, high)
        expect(low < between && between < high).toBe(true)
        expect(between).toMatch(/^[0-9A-Za-z]{6}([0-9A-Za-z]*[1-9A-Za-z])?$/)
        expect(keyAfter(high) > high).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })

  it("law: thousands of random moves put each todo where it was asked to be, with one key each", () => {
    const place = fc.nat(49)
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place), { minLength: 2000, maxLength: 2000 }), (moves) => {
        let items = ofSize(50)
        let changed = 0
        for (const [from, to] of moves) {
          const step = moved(items, from, to)
          items = step.after
          changed += step.changed
        }
        expect(longest(items)).toBeLessThanOrEqual(longestKey)
        expect(changed).toBe(moves.length)
      }),
      { numRuns: 5 }
    )
  })

  it.each([
    ["to the front", () => [9, 0], 6],
    ["to the end", () => [0, 9], 6],
    ["behind the first", () => [9, 1], longestKey],
    ["in front of the last", () => [0, 8], longestKey],
    ["to the middle, from both sides", (n: number) => (n % 2 === 0 ? [0, 4] : [9, 5]), longestKey]
  ] as const)("moving always %s keeps keys short", (_, next, limit) => {
    let items = ofSize(10)
    let changed = 0
    for (let n = 0; n < 5000; n++) {
      const [from = 0, to = 0] = next(n)
      const step = moved(items, from, to)
      items = step.after
      changed += step.changed
      expect(longest(items)).toBeLessThanOrEqual(limit)
    }
    // New keys for neighbours are rare: under one in ten moves needs one.
    expect(changed).toBeLessThan(5500)
  })
})
