// Which of a list's todos a page and its feed show: those that a filter lets through, fifty at a time. The first page has the
// newest, so that what is added is seen by whoever has the list open.

import { pageOf } from "../../http/views/pager.tsx"
import type { Todo, TodoList } from "./TodoList.ts"

/** Todos on a page: of the worst text it is then 0.25 MB. */
export const windowSize = 50

export const filters = ["all", "active", "completed"] as const
export type Filter = (typeof filters)[number]

/** What an address asks for. */
export interface ListView {
  readonly filter: Filter
  /** From 1, the newest, on. */
  readonly page: number
}

/** `?filter=active&page=2`; what is no filter or no page is the first. */
export const viewOf = (url = ""): ListView => {
  const asked = new URLSearchParams(url.replace(/#.*/s, "").split("?")[1])
  return { filter: filters.find((name) => name === asked.get("filter")) ?? "all", page: pageOf(asked) }
}

/** The query string of a view, with its `?` if there is anything. */
export const viewSearch = ({ filter, page }: ListView) => {
  const parts = [...(filter === "all" ? [] : [`filter=${filter}`]), ...(page === 1 ? [] : [`page=${page}`])]
  return parts.length === 0 ? "" : `?${parts.join("&")}`
}

/** Whether what is added now is in view. */
export const showsNewest = ({ filter, page }: ListView) => page === 1 && filter !== "completed"

const leftOf = new WeakMap<TodoList, number>()
/** Todos that are not completed: counted once a state. */
export const itemsLeft = (list: TodoList): number => {
  const known = leftOf.get(list)
  if (known !== undefined) return known
  const left = list.todos.filter(({ completed }) => !completed).length
  leftOf.set(list, left)
  return left
}

export interface ListWindow extends ListView {
  readonly pages: number
  /** Todos that the filter lets through. */
  readonly total: number
}

/** Where a view is on a list as it is; a page beyond the last is the last. */
export const windowOf = (list: TodoList, { filter, page }: ListView): ListWindow => {
  const left = itemsLeft(list)
  const total = { all: list.todos.length, active: left, completed: list.todos.length - left }[filter]
  const pages = Math.max(1, Math.ceil(total / windowSize))
  return { filter, page: Math.min(page, pages), pages, total }
}

/** Its todos, in the list's order, and how many there are before the first. */
export const shownIn = (
  { todos }: TodoList,
  { filter, page, total }: ListWindow
): { readonly shown: ReadonlyArray<Todo>; readonly before: number } => {
  const matching = filter === "all" ? todos : todos.filter(({ completed }) => completed === (filter === "completed"))
  const end = total - (page - 1) * windowSize
  const before = Math.max(0, end - windowSize)
  return { shown: matching.slice(before, end), before }
}
