// Who there is in the demo, and the lists that they begin: most are short and soon done with, some are shared, and some are
// come back to every week.

import { noVersion, type Version, VisitorId } from "../../../domain/StoredEvent.ts"
import type { Chance } from "../../../lib/chance.ts"
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
export const howMany = (chance: Chance, median: number) =>
  Math.min(Math.max(Math.round(chance.logNormal(median, 0.8)), 1), mostTodos)

export const make = (chance: Chance) => {
  const visits: Array<VisitorId> = []
  let visited = 0

  const visitor = (): VisitorId => {
    const known = chance.happens(newcomers) ? undefined : visits[chance.between(0, visits.length - 1)]
    const visitor = known ?? VisitorId.make(chance.random(), true)
    visits[visited++ % remembered] = visitor
    return visitor
  }

  return {
    newList: (weekly = weeklyShare): List => {
      const owner = chance.happens(anonymous) ? null : visitor()
      return {
        listId: ListId.make(chance.token(), true),
        owner,
        guest: chance.happens(shared) ? visitor() : null,
        theme: Words.theme(chance),
        isWeekly: chance.happens(weekly),
        left: howMany(chance, 6),
        state: todoList.initial,
        version: noVersion
      }
    }
  }
}

/** A todo that would suit the list. */
export const anotherTodo = (chance: Chance, { theme }: List, at: number): Command => ({
  _tag: "AddTodo",
  todoId: TodoId.make(chance.timeOrderedAt(at), true),
  text: Words.text(chance, theme)
})
