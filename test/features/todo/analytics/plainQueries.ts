// The analytics queries in plain TypeScript, as a model, and generated histories.
import * as fc from "fast-check"
import { stages } from "../../../../src/features/todo/analytics/queries.ts"

export interface Happened {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly aggregate: { readonly type: string; readonly id: string }
  readonly eventType: string
  readonly todoIds?: ReadonlyArray<string> | undefined
  /** In `todoIds`: version 1 of a completion has a single todo. */
  readonly schemaVersion?: number | undefined
}
export interface Params {
  readonly from?: string
  readonly to?: string
  readonly listId?: string
}
type History = ReadonlyArray<Happened>

const hour = 3_600_000
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
const isWithin = (at: number, { from, to }: Params) =>
  (from === undefined || dayOf(at) >= from) && (to === undefined || dayOf(at) <= to)
const ofList = (history: History, { listId }: Params) =>
  history.filter(({ aggregate }) => listId === undefined || aggregate.id === listId)
const inRange = (history: History, params: Params) => ofList(history, params).filter(({ at }) => isWithin(at, params))

/** Number of occurrences of each text, ordered by text. */
const counts = (texts: ReadonlyArray<string>) =>
  [...new Set(texts)].sort().map((text) => [text, texts.filter((it) => it === text).length] as const)

export const dailyCounts = (history: History, params: Params) =>
  counts(inRange(history, params).map(({ at, eventType }) => `${dayOf(at)} ${eventType}`)).map(([text, count]) => {
    const [day, eventType] = text.split(" ")
    return { day, eventType, count }
  })

export const activeLists = (history: History, params: Params) => {
  const pairs = inRange(history, params)
    .filter(({ aggregate }) => aggregate.type === "TodoList")
    .map(({ aggregate, at }) => `${dayOf(at)} ${aggregate.id}`)
  return counts([...new Set(pairs)].map((it) => it.slice(0, 10))).map(([day, lists]) => ({ day, lists }))
}

export const busiestHours = (history: History, params: Params) =>
  counts(
    inRange(history, params).map(({ at }) => {
      const date = new Date(at)
      return `${date.getUTCDay() || 7} ${String(date.getUTCHours()).padStart(2, "0")}`
    })
  ).map(([text, count]) => ({ weekday: Number(text[0]), hour: Number(text.slice(2)), count }))

/** When each todo was added and first completed. */
const todosOf = (history: History) => {
  const todos = new Map<string, { readonly added: number; completed?: number }>()
  for (const { aggregate, at, eventType, todoIds = [] } of history) {
    if (aggregate.type !== "TodoList") continue
    for (const todoId of todoIds) {
      const todo = todos.get(todoId)
      if (eventType === "TodoAdded") todos.set(todoId, { added: at })
      else if (eventType === "TodoCompleted" && todo !== undefined) todo.completed ??= at
    }
  }
  return [...todos.values()]
}

export const completionFunnel = (history: History, params: Params) => {
  const todos = todosOf(ofList(history, params)).filter(({ added }) => isWithin(added, params))
  const within = (millis: number) => todos.filter((it) => (it.completed ?? Infinity) - it.added <= millis).length
  const count = [todos.length, within(Number.MAX_VALUE), within(24 * hour), within(hour)]
  return stages.map((stage, index) => ({ stage, count: count[index] }))
}

export const timeToComplete = (history: History, params: Params) => {
  const byDay = new Map<string, Array<number>>()
  for (const { added, completed } of todosOf(ofList(history, params))) {
    if (completed === undefined || !isWithin(completed, params)) continue
    const seconds = byDay.get(dayOf(completed)) ?? []
    byDay.set(dayOf(completed), [...seconds, (completed - added) / 1000])
  }
  return [...byDay].sort().map(([day, seconds]) => {
    const sorted = seconds.sort((a, b) => a - b)
    const quantile = (share: number) => {
      const place = share * (sorted.length - 1)
      const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
      return low + (high - low) * (place % 1)
    }
    return { day, count: sorted.length, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) }
  })
}

export const eventRate = (history: History, now: number) =>
  Array.from({ length: 300 }, (_, index) => {
    const second = Math.floor(now / 1000) - 299 + index
    const count = history.filter(({ at }) => Math.floor(at / 1000) === second).length
    return { second: new Date(second * 1000).toISOString().replace(".000Z", "Z"), count }
  })

const begin = Date.parse("2024-02-27T22:00:00Z")
const listIds = ["a", "b", "c"].map((letter) => letter.repeat(22))
/** The next event and its delay: often zero, or exactly an hour or a day. */
const step = fc.record({
  after: fc.oneof(fc.constantFrom(0, 1, 999, 1000, hour - 1, hour, 24 * hour), fc.nat({ max: 30 * hour })),
  listId: fc.constantFrom(...listIds),
  does: fc.constantFrom("TodoAdded", "TodoAdded", "TodoCompleted", "TodoCompleted", "TodoReopened", "Other"),
  which: fc.nat({ max: 5 }),
  schemaVersion: fc.constantFrom(1, 2),
  isOfAll: fc.boolean()
})

/** A todo is added once; its other events follow on the same list. */
export const history: fc.Arbitrary<History> = fc.array(step, { maxLength: 30 }).map((steps) => {
  const added = new Map<string, Array<string>>()
  let at = begin
  let todos = 0
  return steps.map(({ after, does, isOfAll, listId, schemaVersion, which }): Happened => {
    at += after
    if (does === "Other")
      return { at, aggregate: { type: "Other", id: listId }, eventType: "TodoAdded", todoIds: ["todo 1"] }
    const aggregate = { type: "TodoList", id: listId }
    const those = added.get(listId) ?? []
    const todoId = does === "TodoAdded" ? undefined : those[which % Math.max(those.length, 1)]
    if (todoId !== undefined) {
      const todoIds = isOfAll && schemaVersion > 1 ? those : [todoId]
      return { at, aggregate, eventType: does, todoIds, schemaVersion }
    }
    todos++
    added.set(listId, [...those, `todo ${todos}`])
    return { at, aggregate, eventType: "TodoAdded", todoIds: [`todo ${todos}`] }
  })
})

const day = fc.nat({ max: 20 }).map((number) => dayOf(begin + number * 24 * hour))
export const params: fc.Arbitrary<Params> = fc
  .record({ from: day, to: day, listId: fc.constantFrom(...listIds) }, { requiredKeys: [] })
  .map(({ from, to, ...listId }) => {
    if (from === undefined || to === undefined) {
      return { ...listId, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    }
    return from <= to ? { ...listId, from, to } : { ...listId, from: to, to: from }
  })
