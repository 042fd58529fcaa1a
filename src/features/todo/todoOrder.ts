// Fractional order keys: strings whose order is that of the todos. A moved todo gets a key between
// those of its neighbours, so no other todo changes. `<` on the strings is the order everywhere
// (JavaScript, SQLite, DuckDB), because all digits are ASCII in ascending order.
import * as Schema from "effect/Schema"

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
/** Digits of the integer part; 62^6 / 2 todos fit behind, and in front of, the first. */
const width = 6
/** Longest key that is given. */
export const longestKey = 32
/** Keys above this length are replaced when a longer one than `longestKey` would be needed. */
const shortKey = 12

/** An integer part, and a fraction that does not end in 0: no two keys are equal in value. */
export const OrderKey = Schema.String.pipe(Schema.pattern(/^[0-9A-Za-z]{6}([0-9A-Za-z]*[1-9A-Za-z])?$/))

const digitAt = (key: string, at: number) => (at < key.length ? digits.indexOf(key.charAt(at)) : 0)
const integerOf = (key: string) => key.slice(0, width)

/** The integer part plus or minus one; undefined beyond the last and the first. */
const step = (integer: string, by: 1 | -1): string | undefined => {
  const overflow = by === 1 ? digits.length - 1 : 0
  let at = width - 1
  while (at >= 0 && digitAt(integer, at) === overflow) at--
  if (at < 0) return undefined
  const wrapped = (by === 1 ? "0" : "z").repeat(width - 1 - at)
  return integer.slice(0, at) + digits.charAt(digitAt(integer, at) + by) + wrapped
}

/** The key of the first todo. */
const first = `V${"0".repeat(width - 1)}`

/** A key behind `key`: the next integer. */
export const keyAfter = (key: string | undefined): string =>
  key === undefined ? first : (step(integerOf(key), 1) ?? `${key}V`)

const keyBefore = (key: string): string => {
  const integer = integerOf(key)
  return integer < key ? integer : (step(integer, -1) ?? integer)
}

const canonical = (key: string) => key.replace(/0+$/, "").padEnd(width, "0")

/** The middle of two keys, the first below the second. */
const middle = (low: string, high: string): string => {
  let same = 0
  while (digitAt(low, same) === digitAt(high, same) && same < high.length) same++
  const [from, to] = [digitAt(low, same), digitAt(high, same)]
  const prefix = low.slice(0, same).padEnd(same, "0")
  if (to - from > 1) return canonical(prefix + digits.charAt((from + to) >> 1))
  const up = prefix + digits.charAt(to)
  if (canonical(up) < high) return canonical(up)
  // Behind `low`, below the digit that follows: there is always a larger fraction.
  let at = same + 1
  let found = prefix + digits.charAt(from)
  while (digitAt(low, at) === digits.length - 1) found += digits.charAt(digitAt(low, at++))
  return canonical(found + digits.charAt((digitAt(low, at) + digits.length) >> 1))
}

/** A key between two neighbours; undefined is the beginning or the end. */
export const keyBetween = (low: string | undefined, high: string | undefined): string => {
  if (high === undefined) return keyAfter(low)
  return low === undefined ? keyBefore(high) : middle(low, high)
}

/** `count` ascending keys between two neighbours, evenly spaced, so that all of them are short. */
const keysBetween = (low: string | undefined, high: string | undefined, count: number): ReadonlyArray<string> => {
  if (count === 0) return []
  const before = (count - 1) >> 1
  const key = keyBetween(low, high)
  return [...keysBetween(low, key, before), key, ...keysBetween(key, high, count - 1 - before)]
}

interface Placed<Id> {
  readonly todoId: Id
  readonly order: string
}

/**
 * The keys that put `moved` in front of `others[at]`: its own alone, unless that key would be too
 * long. Then its neighbours with long keys get new ones as well: after many moves to the same place
 * there are a few of those, and the number of moves that they took pays for it.
 */
export const placing = <Id>(others: ReadonlyArray<Placed<Id>>, moved: Id, at: number): ReadonlyArray<Placed<Id>> => {
  const key = keyBetween(others[at - 1]?.order, others[at]?.order)
  if (key.length <= longestKey) return [{ todoId: moved, order: key }]
  const isLong = (index: number) => (others[index]?.order.length ?? 0) > shortKey
  let [begin, end] = [at, at]
  while (isLong(begin - 1)) begin--
  while (isLong(end)) end++
  const ids = [
    ...others.slice(begin, at).map(({ todoId }) => todoId),
    moved,
    ...others.slice(at, end).map(({ todoId }) => todoId)
  ]
  const keys = keysBetween(others[begin - 1]?.order, others[end]?.order, ids.length)
  return ids.map((todoId, index) => ({ todoId, order: keys[index] ?? key }))
}
