// The JSON API's handlers: each reads its body, makes a command of it, and answers where that led.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Command, TodoId, TodoNotFound } from "../domain/TodoList.ts"
import { TodoLists } from "../layers/TodoLists.ts"
import { AddTodo, api, ChangeAccess, EditTodo, type EndpointName, group, Nothing, ToggleAll } from "./ApiContract.ts"
import * as Body from "./Body.ts"
import { Door, type Handler, type Incoming, isMethod } from "./Door.ts"
import { answered, NotFound, type Reply, ValidationFailed } from "./Errors.ts"
import { requestOf } from "./requestKey.ts"
import { idOf, Visitor } from "./Visitor.ts"

const bodies = {
  nothing: Body.jsonOrEmpty(Nothing),
  access: Body.json(ChangeAccess),
  add: Body.json(AddTodo),
  edit: Body.json(EditTodo),
  toggle: Body.json(ToggleAll)
}

const respond = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { "cache-control": "no-store", "content-type": "application/json", ...headers },
  body: JSON.stringify(body)
})

const isTodoId = Schema.is(TodoId)
const todoOf = ({ params }: Incoming) => {
  const { todoId } = params
  return isTodoId(todoId) ? Effect.succeed(todoId) : Effect.fail(new TodoNotFound())
}

/** The version that `If-Match` (RFC 9110) demands; `*` demands none beyond the list's existence. */
const ifMatch = (value: string | undefined) => {
  if (value === undefined || value.trim() === "*") return Effect.succeed(undefined)
  const version = /^"(\d{1,15})"$/.exec(value.trim())?.[1]
  return version === undefined
    ? Effect.fail(new ValidationFailed({ message: 'If-Match: expected "<version>"' }))
    : Effect.succeed(Number(version))
}

/** The handlers, by the names of their endpoints. A body is read before anything is decided. */
const handlers = Effect.gen(function* () {
  const lists = yield* TodoLists
  const visitors = yield* Visitor

  const asker = ({ message }: Incoming) => Effect.map(visitors.of(message.headers), idOf)
  const run = Effect.fnUntraced(function* (incoming: Incoming, command: Command, body: unknown) {
    const visitor = yield* asker(incoming)
    const request = yield* requestOf(incoming.message, visitor, body)
    const ifVersion = yield* ifMatch(incoming.message.headers["if-match"])
    const { listId = "" } = incoming.params
    const { detail, sequence, version } = yield* lists.handle(listId, visitor, command, { request, ifVersion })
    return { ...detail, sequence, version }
  })

  return {
    createList: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.nothing(incoming)
      const visitor = yield* asker(incoming)
      const request = yield* requestOf(incoming.message, visitor, body)
      const { listId, sequence, version } = yield* lists.create(visitor, { request })
      return respond({ listId, sequence, version }, 201, { location: `/api/lists/${listId}` })
    }),
    getList: Effect.fnUntraced(function* (incoming: Incoming) {
      const state = yield* lists.get(incoming.params["listId"] ?? "", yield* asker(incoming))
      const { list, listId, sequence, version } = state
      const body = { listId, version, sequence, access: list.access, todos: list.todos }
      return respond(body, 200, { etag: `"${version}"` })
    }),
    changeAccess: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.access(incoming)
      return respond(yield* run(incoming, { _tag: "ChangeAccess", access: body.access }, body))
    }),
    addTodo: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.add(incoming)
      const todoId = yield* lists.newTodoId
      return respond(yield* run(incoming, { _tag: "AddTodo", todoId, text: body.text }, body), 201)
    }),
    editTodo: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.edit(incoming)
      return respond(yield* run(incoming, { _tag: "EditTodo", todoId: yield* todoOf(incoming), ...body }, body))
    }),
    deleteTodo: Effect.fnUntraced(function* (incoming: Incoming) {
      return respond(yield* run(incoming, { _tag: "DeleteTodo", todoId: yield* todoOf(incoming) }, {}))
    }),
    toggleAll: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.toggle(incoming)
      return respond(yield* run(incoming, { _tag: "ToggleAll", completed: body.completed }, body))
    }),
    clearCompleted: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.nothing(incoming)
      return respond(yield* run(incoming, { _tag: "ClearCompleted" }, body))
    })
  } satisfies Record<EndpointName, Handler>
})

/** Puts a handler behind each endpoint that the API declares. */
const endpoints = Effect.gen(function* () {
  const door = yield* Door
  const byName = new Map<string, Handler>(Object.entries(yield* handlers))
  for (const { method, name, path } of Object.values(group.endpoints)) {
    const handler = byName.get(name)
    if (handler !== undefined && isMethod(method)) door.route(method, path, handler)
  }
})

const openApi = HttpLayerRouter.add("GET", "/api/openapi.json", HttpServerResponse.unsafeJson(OpenApi.fromApi(api)))

/** Whatever else is asked for below /api. */
const rest = HttpLayerRouter.add("*", "/api/*", answered(Effect.fail(new NotFound())))

export const layer = Layer.mergeAll(Layer.effectDiscard(endpoints), openApi, rest)
