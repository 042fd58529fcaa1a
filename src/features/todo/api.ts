// The JSON API of lists.
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { readableJsonSchema } from "../../domain/Text.ts"
import * as CommandApi from "../../http/live/CommandApi.ts"
import { Nothing, Position, Positioned } from "../../http/server/ApiContract.ts"
import { Access, isTodoId, maxTextLength, TodoId, TodoNotFound, TodoText } from "./TodoList.ts"
import { TodoLists } from "./TodoLists.ts"

/** The schema before trimming, for the description. */
const Text = TodoText.annotations(readableJsonSchema(maxTextLength))
const NewList = Positioned({ listId: Schema.String })
const NewTodo = Positioned({ todoId: Schema.String })
const List = Schema.Struct({
  listId: Schema.String,
  version: Position.fields.version,
  sequence: Position.fields.sequence,
  access: Access,
  todos: Schema.Array(Schema.Struct({ todoId: Schema.String, text: Schema.String, completed: Schema.Boolean }))
})
const AddTodo = Schema.Struct({ text: Text })
const EditTodo = Schema.Struct({ text: Schema.optional(Text), completed: Schema.optional(Schema.Boolean) })
const ToggleAll = Schema.Struct({ completed: Schema.Boolean })
const ChangeAccess = Schema.Struct({ access: Access })

const listId = HttpApiSchema.param("listId", Schema.String)
const todoId = HttpApiSchema.param("todoId", Schema.String)

export const group = HttpApiGroup.make("lists")
  .add(HttpApiEndpoint.post("createList", "/api/lists").setPayload(Nothing).addSuccess(NewList, { status: 201 }))
  .add(HttpApiEndpoint.get("getList")`/api/lists/${listId}`.addSuccess(List))
  .add(HttpApiEndpoint.patch("changeAccess")`/api/lists/${listId}`.setPayload(ChangeAccess).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("addTodo")`/api/lists/${listId}/todos`.setPayload(AddTodo).addSuccess(NewTodo, { status: 201 })
  )
  .add(
    HttpApiEndpoint.patch("editTodo")`/api/lists/${listId}/todos/${todoId}`.setPayload(EditTodo).addSuccess(Position)
  )
  .add(HttpApiEndpoint.del("deleteTodo")`/api/lists/${listId}/todos/${todoId}`.addSuccess(Position))
  .add(HttpApiEndpoint.post("toggleAll")`/api/lists/${listId}/toggle-all`.setPayload(ToggleAll).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("clearCompleted")`/api/lists/${listId}/clear-completed`
      .setPayload(Nothing)
      .addSuccess(Position)
  )

/** The todo id in the path. */
const todoOf = ({ params: { todoId } }: Pick<CommandApi.CommandRequest<unknown>, "params">) =>
  isTodoId(todoId) ? Either.right(todoId) : Either.left(new TodoNotFound())

export const api = CommandApi.layer(group, TodoLists, ({ create, execute, read }) => ({
  createList: create("listId", ({ actor }) => [{ _tag: "CreateList", owner: actor?.visitorId ?? null }]),
  getList: read(({ id, sequence, state: { access, todos }, version }) => ({
    listId: id,
    version,
    sequence,
    access,
    todos
  })),
  changeAccess: execute(({ body }) => ({ _tag: "ChangeAccess", ...body })),
  addTodo: execute(({ body, newId }) => ({ _tag: "AddTodo", todoId: TodoId.make(newId(), true), ...body }), ["todoId"]),
  editTodo: execute((request) =>
    Either.map(todoOf(request), (todoId) => ({ _tag: "EditTodo", todoId, ...request.body }))
  ),
  deleteTodo: execute((request) => Either.map(todoOf(request), (todoId) => ({ _tag: "DeleteTodo", todoId }))),
  toggleAll: execute(({ body }) => ({ _tag: "ToggleAll", ...body })),
  clearCompleted: execute(() => ({ _tag: "ClearCompleted" }))
}))
