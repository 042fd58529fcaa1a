// The routes of a list's live page: forms and redirects.
import type { IncomingHttpHeaders } from "node:http"
import type * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as LivePage from "../../http/live/LivePage.ts"
import { addedElsewhere, editPage, listFragment, listPage } from "./listPage.tsx"
import { showsNewest, viewKeyOf, viewOf, viewSearch } from "./listWindow.ts"
import { Access, type Command, isTodoId, TodoId, TodoNotFound, TodoText } from "./TodoList.ts"
import { TodoLists } from "./TodoLists.ts"

const path = "/lists"

const Nothing = Schema.Struct({})
const Text = Schema.Struct({ text: TodoText })
const NewList = Schema.Struct({ text: Schema.optional(TodoText) })

/** Makes a command for the todo in the path. */
const ofTodo = ({ params }: LivePage.FormContext, command: (todoId: TodoId) => Command) =>
  isTodoId(params["todoId"]) ? Either.right(command(params["todoId"])) : Either.left(new TodoNotFound())

const addTodo = (text: string, newId: () => string): Command => ({
  _tag: "AddTodo",
  todoId: TodoId.make(newId(), true),
  text
})

/** The view from which a native form was sent, from `Referer` (allowed by our Referrer-Policy). */
const cameFrom = ({ referer = "" }: IncomingHttpHeaders, id: string) => {
  const from = URL.canParse(referer) ? new URL(referer) : undefined
  return from?.pathname === `${path}/${id}` ? viewSearch(viewOf(from.search)) : ""
}

export const pages = LivePage.layer({
  store: TodoLists,
  path,
  script: "index.ts",
  owner: ({ owner }) => owner,
  viewOf,
  viewKey: viewKeyOf,
  fragment: listFragment,
  page: listPage,
  pages: {
    "todos/:todoId/edit": (list, { todoId }) => {
      const todo = list.state.state.todos.find((it) => it.todoId === todoId)
      return todo === undefined ? Either.left(new TodoNotFound()) : Either.right(editPage(list, todo))
    }
  },
  create: LivePage.creation(
    NewList,
    ({ text }, { actor, newId }): Arr.NonEmptyReadonlyArray<Command> => [
      { _tag: "CreateList", owner: actor?.visitorId ?? null },
      ...(text === undefined ? [] : [addTodo(text, newId)])
    ]
  ),
  forms: {
    todos: LivePage.form(Text, ({ text }, { newId }) => addTodo(text, newId)),
    "todos/:todoId/rename": LivePage.form(Text, ({ text }, context) =>
      ofTodo(context, (todoId) => ({ _tag: "EditTodo", todoId, text }))
    ),
    "todos/:todoId/complete": LivePage.form(Nothing, (_, context) =>
      ofTodo(context, (todoId) => ({ _tag: "EditTodo", todoId, completed: true }))
    ),
    "todos/:todoId/reopen": LivePage.form(Nothing, (_, context) =>
      ofTodo(context, (todoId) => ({ _tag: "EditTodo", todoId, completed: false }))
    ),
    "todos/:todoId/delete": LivePage.form(Nothing, (_, context) =>
      ofTodo(context, (todoId) => ({ _tag: "DeleteTodo", todoId }))
    ),
    "toggle-all": LivePage.form(Schema.Struct({ completed: Schema.BooleanFromString }), ({ completed }) => ({
      _tag: "ToggleAll",
      completed
    })),
    "clear-completed": LivePage.form(Nothing, () => ({ _tag: "ClearCompleted" })),
    access: LivePage.form(Schema.Struct({ access: Access }), ({ access }) => ({ _tag: "EditList", access }))
  },
  leadsTo: ({ command, headers, id }) => (command._tag === "AddTodo" ? "" : cameFrom(headers, id)),
  // Links to a new todo that is not in view.
  tells: ({ command, headers, id }) =>
    command._tag === "AddTodo" && !showsNewest(viewOf(String(headers["hx-current-url"] ?? "")))
      ? addedElsewhere(id)
      : undefined
})
