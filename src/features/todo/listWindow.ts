// The todos that a page and its feed show: filtered, 50 at a time. The first page has the newest,
// so that added todos are visible.

import { pageOf } from "../../http/views/pager.tsx"
import type { Todo, TodoList } from "./TodoList.ts"

/** Todos on a page: 0.25 MB with texts of maximal length. */
export const windowSize = 50

export const filters = ["all", "active", "completed"] as const
export type Filter = (typeof filters)[number]

/** The filter and page in a URL. */
export interface ListView {
  readonly filter: Filter
  /** 1 is the newest. */
  readonly page: number
}

/** Parses `?filter=active&page=2`; invalid values become the defaults. */
export const viewOf = (url = ""): ListView => {
  const asked = new URLSearchParams(url.replace(/#.*/s, "").split("?")[1])
  return { filter: filters.find((name) => name === asked.get("filter")) ?? "all", page: pageOf(asked) }
}

/** The query string of a view, with its `?`; empty for the default. */
export const viewSearch = ({ filter, page }: ListView) => {
  const parts = [...(filter === "all" ? [] : [`filter=${filter}`]), ...(page === 1 ? [] : [`page=${page}`])]
  return parts.length === 0 ? "" : `?${parts.join("&")}`
}

/** Whether a new todo is in view. */
export const showsNewest = ({ filter, page }: ListView) => page === 1 && filter !== "completed"

const leftOf = new WeakMap<TodoList, number>()
/** The number of active todos, cached by state. */
export const itemsLeft = (list: TodoList): number => {
  const known = leftOf.get(list)
  if (known !== undefined) return known
  const left = list.todos.filter(({ completed }) => !completed).length
  leftOf.set(list, left)
  return left
}

export interface ListWindow extends ListView {
  readonly pages: number
  /** Todos that match the filter. */
  readonly total: number
}

/** Resolves a view against a list; a page beyond the last becomes the last. */
export const windowOf = (list: TodoList, { filter, page }: ListView): ListWindow => {
  const left = itemsLeft(list)
  const total = { all: list.todos.length, active: left, completed: list.todos.length - left }[filter]
  const pages = Math.max(1, Math.ceil(total / windowSize))
  return { filter, page: Math.min(page, pages), pages, total }
}

/** Identifies what a view shows of a list. */
export const viewKeyOf = (list: TodoList, view: ListView) => {
  const { filter, page } = windowOf(list, view)
  return `${filter} ${page}`
}

/** The todos of a window in list order, and the number of matching ones before them. */
export const shownIn = (
  { todos }: TodoList,
  { filter, page, total }: ListWindow
): { readonly shown: ReadonlyArray<Todo>; readonly before: number } => {
  const matching = filter === "all" ? todos : todos.filter(({ completed }) => completed === (filter === "completed"))
  const end = total - (page - 1) * windowSize
  const before = Math.max(0, end - windowSize)
  return { shown: matching.slice(before, end), before }
}
