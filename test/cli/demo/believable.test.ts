// Statistics of half a year of demo data: one run with a fixed seed and generous bounds.
import * as Arr from "effect/Array"
import { describe, expect, it } from "vitest"
import { simulate } from "../../../src/features/todo/demo/activity.ts"
import { specialDays } from "../../../src/features/todo/demo/calendar.ts"

const day = 86_400_000
const span = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 6, 1) }
const activities = [...simulate({ ...span, seed: 1, events: 100_000 })]
const events = activities.flatMap(({ at, events }) => events.map((event) => ({ at, event })))

const total = <A>(items: ReadonlyArray<A>, matches: (item: A) => boolean) => items.filter(matches).length
const on = (begin: number, days = 1) => total(events, ({ at }) => at >= begin && at < begin + days * day)
const ofType = (type: string) => total(events, ({ event }) => event._tag === type)
const inHours = (first: number, last: number) =>
  total(events, ({ at }) => new Date(at).getUTCHours() >= first && new Date(at).getUTCHours() < last)

describe("half a year of the demo", () => {
  it("has working hours, weekends and a growing number of visitors", () => {
    expect(inHours(9, 12)).toBeGreaterThan(10 * inHours(0, 3))
    expect(inHours(14, 17)).toBeGreaterThan(10 * inHours(0, 3))
    const weekend = total(events, ({ at }) => [0, 6].includes(new Date(at).getUTCDay()))
    expect(weekend / events.length).toBeLessThan(0.2)
    expect(weekend).toBeGreaterThan(0)
    expect(on(span.until - 30 * day, 30)).toBeGreaterThan(2 * on(span.from, 30))
  })

  it("has a launch day and a holiday week", () => {
    const { holidays, launch } = specialDays(span)
    expect(on(launch)).toBeGreaterThan(3 * on(launch - 7 * day))
    expect(on(holidays, 7)).toBeLessThan(0.5 * on(holidays - 7 * day, 7))
    expect(on(holidays, 7)).toBeGreaterThan(0)
  })

  it("completes most todos after minutes to weeks and contains every other event type", () => {
    const added = new Map(events.flatMap(({ at, event }) => (event._tag === "TodoAdded" ? [[event.todoId, at]] : [])))
    const took = events.flatMap(({ at, event }) =>
      event._tag === "TodoCompleted" ? event.todoIds.map((todoId) => at - (added.get(todoId) ?? at)) : []
    )
    expect(took.length).toBeGreaterThan(0.6 * added.size)
    expect(took.some((millis) => millis < day / 48)).toBe(true)
    expect(took.some((millis) => millis > 14 * day)).toBe(true)
    for (const type of ["TodoRenamed", "TodoReopened", "TodoDeleted", "ListAccessChanged"]) {
      expect(ofType(type)).toBeGreaterThan(100)
    }
    expect(events.some(({ event }) => event._tag === "TodoDeleted" && event.todoIds.length > 1)).toBe(true)
  })

  it("has visitors with several lists, shared lists and a few very active ones", () => {
    const owners = Arr.groupBy(
      events.flatMap(({ event }) =>
        event._tag === "ListCreated" && event.visitorId !== null ? [event.visitorId] : []
      ),
      (it) => it
    )
    expect(total(Object.values(owners), (lists) => lists.length > 3)).toBeGreaterThan(50)
    const byList = Object.values(Arr.groupBy(activities, ({ listId }) => listId))
    expect(byList.some((list) => new Set(list.map((it) => it.visitorId)).size > 1)).toBe(true)
    const sizes = byList.map((list) => list.reduce((sum, it) => sum + it.events.length, 0)).sort((a, b) => b - a)
    expect(sizes[0]).toBeGreaterThan(50 * (sizes[Math.floor(sizes.length / 2)] ?? 0))
  })
})
