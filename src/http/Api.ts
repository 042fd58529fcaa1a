// The JSON API: declared as an HttpApi (so OpenAPI tells it at /api/openapi.json), handled with bodies read by our own reader.
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Sequence, Version } from "../domain/StoredEvent.ts"
import { Access, type Command, TodoId, TodoNotFound, TodoText } from "../domain/TodoList.ts"
import { TodoLists } from "../layers/TodoLists.ts"
import * as Body from "./Body.ts"
import { answered, NotFound, ValidationFailed } from "./Errors.ts"
import { idOf, Visitor } from "./Visitor.ts"

const Position = Schema.Struct({ sequence: Sequence, version: Version })
const NewList = Schema.Struct({ listId: Schema.String, ...Position.fields })
const NewTodo = Schema.Struct({ todoId: Schema.String, ...Position.fields })
const ListBody = Schema.Struct({
  listId: Schema.String,
  version: Version,
  sequence: Sequence,
  access: Access,
  todos: Schema.Array(Schema.Struct({ todoId: Schema.String, text: Schema.String, completed: Schema.Boolean }))
})
const AddTodo = Schema.Struct({ text: TodoText })
const EditTodo = Schema.Struct({ text: Schema.optional(TodoText), completed: Schema.optional(Schema.Boolean) })
const ToggleAll = Schema.Struct({ completed: Schema.Boolean })
const ChangeAccess = Schema.Struct({ access: Access })
const Nothing = Schema.Struct({})

/** RFC 9457, with a stable `code`. */
const problem = (status: number) =>
  Schema.Struct({
    type: Schema.String,
    title: Schema.String,
    status: Schema.Number,
    code: Schema.String,
    detail: Schema.String
  }).pipe(HttpApiSchema.withEncoding({ kind: "Json", contentType: "application/problem+json" }), (schema) =>
    schema.annotations({ ...HttpApiSchema.annotations({ status }), description: `A problem (${status})` })
  )

const listId = HttpApiSchema.param("listId", Schema.String)
const todoId = HttpApiSchema.param("todoId", Schema.String)

const group = HttpApiGroup.make("lists")
  .add(HttpApiEndpoint.post("createList", "/api/lists").setPayload(Nothing).addSuccess(NewList, { status: 201 }))
  .add(HttpApiEndpoint.get("getList")`/api/lists/${listId}`.addSuccess(ListBody))
  .add(HttpApiEndpoint.patch("changeAccess")`/api/lists/${listId}`.setPayload(ChangeAccess).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("addTodo")`/api/lists/${listId}/todos`.setPayload(AddTodo).addSuccess(NewTodo, { status: 201 })
  )
  .add(
    HttpApiEndpoint.patch("editTodo")`/api/lists/${listId}/todos/${todoId}`.setPayload(EditTodo).addSuccess(Position)
  )
  .add(HttpApiEndpoint.del("deleteTodo")`/api/lists/${listId}/todos/${todoId}`.addSuccess(Position))
  .add(HttpApiEndpoint.post("toggleAll")`/api/lists/${listId}/toggle-all`.setPayload(ToggleAll).addSuccess(Position))
  .add(HttpApiEndpoint.post("clearCompleted")`/api/lists/${listId}/clear-completed`.addSuccess(Position))

export const api = HttpApi.make("evenstar")
  .add(group)
  .addError(problem(400))
  .addError(problem(403))
  .addError(problem(404))
  .addError(problem(409))
  .addError(problem(412))
  .addError(problem(413))
  .addError(problem(415))
  .addError(problem(503))
  .annotate(OpenApi.Title, "Evenstar")
  .annotate(OpenApi.Version, "1")

const respond = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  HttpServerResponse.text(JSON.stringify(body), {
    status,
    headers: { "cache-control": "no-store", ...headers },
    contentType: "application/json"
  })

const isTodoId = Schema.is(TodoId)
const todoOf = (path: { readonly todoId: string }) =>
  isTodoId(path.todoId) ? Effect.succeed(path.todoId) : Effect.fail(new TodoNotFound())

/** The version that `If-Match` (RFC 9110) demands; `*` demands none beyond the list's existence. */
const ifMatch = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
  const value = headers["if-match"]
  if (value === undefined || value.trim() === "*") return Effect.succeed({})
  const version = /^"(\d{1,15})"$/.exec(value.trim())?.[1]
  return version === undefined
    ? Effect.fail(new ValidationFailed({ message: 'If-Match: expected "<version>"' }))
    : Effect.succeed({ ifVersion: Number(version) })
})

const groupLive = HttpApiBuilder.group(api, "lists", (handlers) =>
  Effect.gen(function* () {
    const lists = yield* TodoLists
    const visitor = yield* Visitor

    const run = Effect.fnUntraced(function* (path: { readonly listId: string }, command: Command) {
      const who = idOf(yield* visitor.current)
      const { sequence, version } = yield* lists.handle(path.listId, who, command, yield* ifMatch)
      return { sequence, version }
    })

    return handlers
      .handleRaw("createList", () =>
        answered(
          Effect.gen(function* () {
            yield* Body.jsonOrEmpty(Nothing)
            const { listId, sequence, version } = yield* lists.create(idOf(yield* visitor.current))
            return respond({ listId, sequence, version }, 201, { location: `/api/lists/${listId}` })
          })
        )
      )
      .handleRaw("getList", ({ path }) =>
        answered(
          Effect.gen(function* () {
            const { list, listId, sequence, version } = yield* lists.get(path.listId, idOf(yield* visitor.current))
            const body = { listId, version, sequence, access: list.access, todos: list.todos }
            return respond(body, 200, { etag: `"${version}"` })
          })
        )
      )
      .handleRaw("changeAccess", ({ path }) =>
        answered(
          Effect.gen(function* () {
            const { access } = yield* Body.json(ChangeAccess)
            return respond(yield* run(path, { _tag: "ChangeAccess", access }))
          })
        )
      )
      .handleRaw("addTodo", ({ path }) =>
        answered(
          Effect.gen(function* () {
            const { text } = yield* Body.json(AddTodo)
            const todoId = yield* lists.newTodoId
            return respond({ todoId, ...(yield* run(path, { _tag: "AddTodo", todoId, text })) }, 201)
          })
        )
      )
      .handleRaw("editTodo", ({ path }) =>
        answered(
          Effect.gen(function* () {
            const edit = yield* Body.json(EditTodo)
            return respond(yield* run(path, { _tag: "EditTodo", todoId: yield* todoOf(path), ...edit }))
          })
        )
      )
      .handleRaw("deleteTodo", ({ path }) =>
        answered(
          Effect.gen(function* () {
            return respond(yield* run(path, { _tag: "DeleteTodo", todoId: yield* todoOf(path) }))
          })
        )
      )
      .handleRaw("toggleAll", ({ path }) =>
        answered(
          Effect.gen(function* () {
            const { completed } = yield* Body.json(ToggleAll)
            return respond(yield* run(path, { _tag: "ToggleAll", completed }))
          })
        )
      )
      .handleRaw("clearCompleted", ({ path }) =>
        answered(
          Effect.gen(function* () {
            yield* Body.jsonOrEmpty(Nothing)
            return respond(yield* run(path, { _tag: "ClearCompleted" }))
          })
        )
      )
  })
)

/** Whatever else is asked for below /api. */
const rest = HttpLayerRouter.add("*", "/api/*", answered(Effect.fail(new NotFound())))

export const layer = Layer.merge(
  HttpLayerRouter.addHttpApi(api, { openapiPath: "/api/openapi.json" }).pipe(
    Layer.provide(groupLive),
    Layer.provide(NodeHttpServer.layerContext)
  ),
  rest
)
