// The demo's visitors and the lists that they create: most are short and completed soon, some are
// shared, some are used weekly.

import { noVersion, type Version, VisitorId } from "../../../domain/StoredEvent.ts"
import type { SeededRandom } from "../../../lib/seededRandom.ts"
import { type Command, ListId, TodoId, type TodoList, todoList } from "../TodoList.ts"
import type { Due } from "./Agenda.ts"
import * as Words from "./words.ts"

/** A list with its current state; garbage once no plan refers to it. */
export interface List {
  readonly listId: ListId
  /** Null for a list made by an API client. */
  readonly owner: VisitorId | null
  /** A visitor who was given the link. */
  readonly guest: VisitorId | null
  readonly theme: Words.Theme
  readonly isWeekly: boolean
  /** Todos still to be added in this week. */
  left: number
  state: TodoList
  version: Version
}

/** A command, or adding a todo whose id is generated when it runs. */
export type Intent = Command | { readonly _tag: "AddAnother" }

export interface Plan extends Due {
  readonly list: List
  readonly intent: Intent
}

const newcomers = 0.35
const shared = 0.2
const weeklyShare = 0.08
const anonymous = 0.02
const mostTodos = 40

/** Size of the window of past visits from which returning visitors are drawn. */
const remembered = 4096

/** The number of todos of a new list. */
export const howMany = (random: SeededRandom, median: number) =>
  Math.min(Math.max(Math.round(random.logNormal(median, 0.8)), 1), mostTodos)

export const make = (random: SeededRandom) => {
  const visits: Array<VisitorId> = []
  let visited = 0

  const visitor = (): VisitorId => {
    const known = random.happens(newcomers) ? undefined : visits[random.between(0, visits.length - 1)]
    const visitor = known ?? VisitorId.make(random.uuid(), true)
    visits[visited++ % remembered] = visitor
    return visitor
  }

  return {
    newList: (weekly = weeklyShare): List => {
      const owner = random.happens(anonymous) ? null : visitor()
      return {
        listId: ListId.make(random.token(), true),
        owner,
        guest: random.happens(shared) ? visitor() : null,
        theme: Words.theme(random),
        isWeekly: random.happens(weekly),
        left: howMany(random, 6),
        state: todoList.initial,
        version: noVersion
      }
    }
  }
}

/** Adds a todo that suits the list's theme. */
export const anotherTodo = (random: SeededRandom, { theme }: List, at: number): Command => ({
  _tag: "AddTodo",
  todoId: TodoId.make(random.timeOrderedAt(at), true),
  text: Words.text(random, theme)
})
