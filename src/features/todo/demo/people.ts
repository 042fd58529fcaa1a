// Who there is in the demo, and the lists that they begin: most are short and soon done with, some are shared, and some are
// come back to every week.

import { noVersion, type Version, VisitorId } from "../../../domain/StoredEvent.ts"
import type { SeededRandom } from "../../../lib/seededRandom.ts"
import { type Command, ListId, TodoId, type TodoList, todoList } from "../TodoList.ts"
import type { Due } from "./Agenda.ts"
import * as Words from "./words.ts"

/** A list and what its people have in mind. Its state moves on with its events; nobody keeps it when nothing is planned any more. */
export interface List {
  readonly listId: ListId
  /** Nobody: a program made it. */
  readonly owner: VisitorId | null
  /** Somebody who got the link. */
  readonly guest: VisitorId | null
  readonly theme: Words.Theme
  readonly isWeekly: boolean
  /** Todos that are still going to be added, before next week. */
  left: number
  state: TodoList
  version: Version
}

/** A command, or the wish to add one more todo, whose id is made when it comes to that. */
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

/** Those who come back are chosen among so many visits: who came often and lately comes again. */
const remembered = 4096

/** A number of todos that somebody sets out to write down. */
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

/** A todo that would suit the list. */
export const anotherTodo = (random: SeededRandom, { theme }: List, at: number): Command => ({
  _tag: "AddTodo",
  todoId: TodoId.make(random.timeOrderedAt(at), true),
  text: Words.text(random, theme)
})
