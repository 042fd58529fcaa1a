// Lets the dashboard and the queries be restricted to one list.
import * as Effect from "effect/Effect"
import { readerOf } from "../../../http/analytics/Subjects.ts"
import { todoList } from "../TodoList.ts"
import { TodoLists } from "../TodoLists.ts"
import { VisitorLists } from "../VisitorLists.ts"

export const listSubject = {
  param: todoList.idName,
  label: "List",
  all: "All lists",
  untitled: "An empty list",
  unlisted: "The list in the address",
  alone: "This is one list alone.",
  reader: Effect.zipWith(TodoLists, VisitorLists, (lists, visitorLists) =>
    readerOf(lists, (actor) =>
      Effect.map(visitorLists.of(actor), (owned) => owned.map(({ listId, title }) => ({ id: listId, title })))
    )
  )
}
