// The JSON API of lists.
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { readableJsonSchema } from "../../domain/Text.ts"
import * as CommandApi from "../../http/live/CommandApi.ts"
import { GoneProblem, Nothing, Position, Positioned } from "../../http/server/ApiContract.ts"
import * as Body from "../../http/server/Body.ts"
import { fileTypes } from "../../http/server/openApi.ts"
import { Due } from "./Due.ts"
import {
  Access,
  isTodoId,
  ListTitle,
  maxTextLength,
  maxTitleLength,
  TodoId,
  type TodoList,
  TodoNotes,
  TodoNotFound,
  TodoText
} from "./TodoList.ts"
import { TodoLists } from "./TodoLists.ts"
import { formats, Rejected } from "./transfer/records.ts"
import * as Transfer from "./transfer/transfer.ts"

/** The schema before trimming, for the description. */
const Text = TodoText.annotations(readableJsonSchema(maxTextLength))
const Title = ListTitle.annotations(readableJsonSchema(maxTitleLength))
const NewList = Positioned({ listId: Schema.String })
const NewTodo = Positioned({ todoId: Schema.String })
const List = Schema.Struct({
  listId: Schema.String,
  version: Position.fields.version,
  sequence: Position.fields.sequence,
  access: Access,
  title: Schema.NullOr(Schema.String),
  todos: Schema.Array(
    Schema.Struct({
      todoId: Schema.String,
      text: Schema.String,
      completed: Schema.Boolean,
      dueAt: Schema.optional(Schema.String),
      notes: Schema.optional(Schema.String)
    })
  )
})
const AddTodo = Schema.Struct({ text: Text })
const EditTodo = Schema.Struct({
  text: Schema.optional(Text),
  completed: Schema.optional(Schema.Boolean),
  dueAt: Schema.optional(Due),
  notes: Schema.optional(TodoNotes)
})
const MoveTodo = Schema.Struct({ before: Schema.NullOr(Schema.String) })
const ExportFormat = Schema.Struct({ format: Schema.Literal(...formats) })
const decodeExport = Body.decode(ExportFormat)
const Import = Schema.Struct({ ...ExportFormat.fields, content: Schema.String })
const Imported = Positioned({ added: Schema.Int, rejected: Schema.Array(Rejected) })
const ToggleAll = Schema.Struct({ completed: Schema.Boolean })
const EditList = Schema.Struct({
  title: Schema.optional(Title),
  access: Schema.optional(Access),
  pinned: Schema.optional(Schema.Boolean)
}).pipe(
  Schema.filter((fields) => Object.keys(fields).length > 0, {
    message: () => "Expected at least one of title, access and pinned",
    jsonSchema: { minProperties: 1 }
  })
)

const listId = HttpApiSchema.param("listId", Schema.String)
const todoId = HttpApiSchema.param("todoId", Schema.String)

export const group = HttpApiGroup.make("lists")
  .addError(GoneProblem)
  .add(HttpApiEndpoint.post("createList", "/api/lists").setPayload(Nothing).addSuccess(NewList, { status: 201 }))
  .add(HttpApiEndpoint.get("getList")`/api/lists/${listId}`.addSuccess(List))
  .add(HttpApiEndpoint.patch("editList")`/api/lists/${listId}`.setPayload(EditList).addSuccess(Position))
  .add(HttpApiEndpoint.del("deleteList")`/api/lists/${listId}`.addSuccess(Position))
  .add(HttpApiEndpoint.post("restoreList")`/api/lists/${listId}/restore`.setPayload(Nothing).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("addTodo")`/api/lists/${listId}/todos`.setPayload(AddTodo).addSuccess(NewTodo, { status: 201 })
  )
  .add(
    HttpApiEndpoint.patch("editTodo")`/api/lists/${listId}/todos/${todoId}`.setPayload(EditTodo).addSuccess(Position)
  )
  .add(HttpApiEndpoint.del("deleteTodo")`/api/lists/${listId}/todos/${todoId}`.addSuccess(Position))
  .add(
    HttpApiEndpoint.post("moveTodo")`/api/lists/${listId}/todos/${todoId}/move`
      .setPayload(MoveTodo)
      .addSuccess(Position)
  )
  .add(HttpApiEndpoint.post("toggleAll")`/api/lists/${listId}/toggle-all`.setPayload(ToggleAll).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("clearCompleted")`/api/lists/${listId}/clear-completed`
      .setPayload(Nothing)
      .addSuccess(Position)
  )
  .add(
    HttpApiEndpoint.get("exportList")`/api/lists/${listId}/export`
      .setUrlParams(ExportFormat)
      .addSuccess(Schema.String)
      .annotate(OpenApi.Override, { [fileTypes]: ["text/markdown", "text/csv", "application/json"] })
  )
  .add(HttpApiEndpoint.post("importTodos")`/api/lists/${listId}/import`.setPayload(Import).addSuccess(Imported))

const todoNamed = (id: string | undefined) => (isTodoId(id) ? Either.right(id) : Either.left(new TodoNotFound()))
/** The todo id in the path. */
const todoOf = ({ params }: Pick<CommandApi.CommandRequest<unknown>, "params">) => todoNamed(params["todoId"])

export const api = CommandApi.layer(group, TodoLists, ({ create, execute, executeOn, file, read }) => ({
  createList: create("listId", ({ actor }) => [{ _tag: "CreateList", owner: actor?.visitorId ?? null }]),
  getList: read(({ id, sequence, state: { access, title, todos }, version }) => ({
    listId: id,
    version,
    sequence,
    access,
    title,
    todos: todos.map(({ completed, dueAt, notes, text, todoId }) => ({
      todoId,
      text,
      completed,
      ...(dueAt === null ? {} : { dueAt }),
      ...(notes === "" ? {} : { notes })
    }))
  })),
  editList: execute(({ body }) => ({ _tag: "EditList", ...body })),
  deleteList: execute(({ now }) => ({ _tag: "DeleteList", at: now() })),
  restoreList: execute(({ now }) => ({ _tag: "RestoreList", at: now() })),
  addTodo: execute(({ body, newId }) => ({ _tag: "AddTodo", todoId: TodoId.make(newId(), true), ...body }), ["todoId"]),
  editTodo: execute((request) =>
    Either.map(todoOf(request), (todoId) => ({ _tag: "EditTodo", todoId, ...request.body }))
  ),
  deleteTodo: execute((request) => Either.map(todoOf(request), (todoId) => ({ _tag: "DeleteTodo", todoId }))),
  moveTodo: execute((request) => {
    const { before } = request.body
    return Either.zipWith(
      todoOf(request),
      before === null ? Either.right(null) : todoNamed(before),
      (todoId, before) => ({ _tag: "MoveTodo", todoId, before })
    )
  }),
  toggleAll: execute(({ body }) => ({ _tag: "ToggleAll", ...body })),
  clearCompleted: execute(() => ({ _tag: "ClearCompleted" })),
  exportList: file((query) =>
    Either.map(decodeExport(query), ({ format }) => ({
      variant: format,
      headers: Transfer.fileHeaders(format),
      render: (list: TodoList) => Transfer.write(format, list)
    }))
  ),
  importTodos: executeOn(
    ({ body: { content, format }, newId }, list) =>
      Either.map(Transfer.read(format, content), ({ todos }) => ({
        _tag: "ImportTodos",
        todos: todos
          .slice(0, Transfer.roomFor(list, todos))
          .map(({ todo }) => ({ todoId: TodoId.make(newId(), true), ...todo }))
      })),
    ({ detail, sequence, version }, { body: { content, format } }) => {
      const added = Number(detail["added"])
      const file = Either.getOrThrow(Transfer.read(format, content))
      return { added, rejected: Transfer.rejectedOf(file, added), sequence, version }
    }
  )
}))
