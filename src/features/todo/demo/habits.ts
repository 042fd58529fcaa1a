// Plans that follow an event: the next todo of a list, and the fate of each. Most todos are
// completed within hours or days, a few within minutes or weeks, some never.

import type { SeededRandom } from "../../../lib/seededRandom.ts"
import type { TodoId, TodoListEvent } from "../TodoList.ts"
import { howMany, type Intent, type List, type Plan } from "./people.ts"
import * as Words from "./words.ts"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A plan `delay` milliseconds after `at`. */
const later = (list: List, at: number, delay: number, intent: Intent): Plan => ({
  at: at + Math.floor(delay),
  list,
  intent
})

const completion = (random: SeededRandom, list: List, todoId: TodoId, at: number, median: number) =>
  later(list, at, random.logNormal(median, 1.9), { _tag: "EditTodo", todoId, completed: true })

const another: Intent = { _tag: "AddAnother" }

const nextTodo = (random: SeededRandom, list: List, at: number): Plan | undefined => {
  if (list.left > 0) {
    list.left -= 1
    const isSameSitting = random.happens(0.75)
    return later(list, at, isSameSitting ? random.between(8, 100) * second : random.logNormal(1.5 * day, 1), another)
  }
  if (!list.isWeekly) return undefined
  list.left = howMany(random, 5)
  return later(list, at, random.between(5, 9) * day, another)
}

const correction = (random: SeededRandom, list: List, todoId: TodoId, text: string, at: number): Plan | undefined =>
  random.happens(0.1)
    ? later(list, at, random.logNormal(4 * minute, 1.2), {
        _tag: "EditTodo",
        todoId,
        text: Words.improved(random, list.theme, text)
      })
    : undefined

/** Completed, deleted, or left open for ever. */
const fate = (random: SeededRandom, list: List, todoId: TodoId, at: number): Plan | undefined => {
  const fate = random.number()
  if (fate < 0.8) return completion(random, list, todoId, at, 6 * hour)
  if (fate < 0.87) return later(list, at, random.logNormal(day, 1.5), { _tag: "DeleteTodo", todoId })
  return undefined
}

const afterCompletion = (random: SeededRandom, list: List, todoId: TodoId, at: number): Plan | undefined => {
  const next = random.number()
  if (next < 0.05) {
    return later(list, at, random.logNormal(hour, 1.5), { _tag: "EditTodo", todoId, completed: false })
  }
  if (next < 0.13) return later(list, at, random.logNormal(3 * hour, 1.5), { _tag: "DeleteTodo", todoId })
  if (next < 0.2) return later(list, at, random.logNormal(hour, 1.5), { _tag: "ClearCompleted" })
  if (next < 0.204) return later(list, at, random.logNormal(minute, 1), { _tag: "ToggleAll", completed: true })
  return undefined
}

const restriction = (random: SeededRandom, list: List, at: number): Plan | undefined =>
  list.owner !== null && random.happens(0.08)
    ? later(list, at, random.logNormal(5 * minute, 1), {
        _tag: "EditList",
        access: random.happens(0.6) ? "private" : "read-only"
      })
    : undefined

/** The plans that follow an event on a list. */
export const plansAfter = (
  random: SeededRandom,
  list: List,
  event: TodoListEvent,
  at: number
): ReadonlyArray<Plan | undefined> => {
  switch (event._tag) {
    case "ListCreated":
      return [restriction(random, list, at)]
    case "TodoAdded":
      return [
        correction(random, list, event.todoId, event.text, at),
        fate(random, list, event.todoId, at),
        nextTodo(random, list, at)
      ]
    case "TodoCompleted":
      return event.todoIds.map((todoId) => afterCompletion(random, list, todoId, at))
    case "TodoReopened":
      return event.todoIds.map((todoId) => completion(random, list, todoId, at, 3 * hour))
    default:
      return []
  }
}
