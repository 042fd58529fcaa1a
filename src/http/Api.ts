// The JSON API's handlers: each reads its body, makes a command of it, and answers where that led.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Command, TodoId, TodoNotFound } from "../domain/TodoList.ts"
import type { RateLimited } from "../layers/RateLimits.ts"
import { type CommandError, TodoLists } from "../layers/TodoLists.ts"
import { AddTodo, api, ChangeAccess, EditTodo, type EndpointName, group, Nothing, ToggleAll } from "./ApiContract.ts"
import * as Body from "./Body.ts"
import type { Handler, Incoming } from "./Door.ts"
import { type Reply, ValidationFailed } from "./Errors.ts"
import { respond, serve } from "./endpoints.ts"
import { requestOf } from "./requestKey.ts"
import { Visitor } from "./Visitor.ts"

const bodies = {
  nothing: Body.jsonOrEmpty(Nothing),
  access: Body.json(ChangeAccess),
  add: Body.json(AddTodo),
  edit: Body.json(EditTodo),
  toggle: Body.json(ToggleAll)
}

const isTodoId = Schema.is(TodoId)
const todoOf = ({ params }: Incoming): Either.Either<TodoId, TodoNotFound> => {
  const { todoId } = params
  return isTodoId(todoId) ? Either.right(todoId) : Either.left(new TodoNotFound())
}

/** The version that `If-Match` (RFC 9110) demands; `*` demands none beyond the list's existence. */
const ifMatch = (value: string | undefined): Either.Either<number | undefined, ValidationFailed> => {
  if (value === undefined || value.trim() === "*") return Either.right(undefined)
  const version = /^"(\d{1,15})"$/.exec(value.trim())?.[1]
  return version === undefined
    ? Either.left(new ValidationFailed({ message: 'If-Match: expected "<version>"' }))
    : Either.right(Number(version))
}

/** The handlers, by the names of their endpoints. A body is decoded before anything is decided. */
const handlers = Effect.gen(function* () {
  const lists = yield* TodoLists
  const visitors = yield* Visitor

  /** Runs a command and answers where it led. `body` is what makes a repeated request the same one. */
  const run = (
    incoming: Incoming,
    command: Command,
    body: unknown,
    status = 200
  ): Effect.Effect<Reply, CommandError | RateLimited | ValidationFailed> =>
    Effect.flatMap(visitors.commanding(incoming), (visitor): ReturnType<typeof run> => {
      const { message, params } = incoming
      const request = requestOf(message, visitor, body)
      if (Either.isLeft(request)) return Effect.fail(request.left)
      const ifVersion = ifMatch(message.headers["if-match"])
      if (Either.isLeft(ifVersion)) return Effect.fail(ifVersion.left)
      const options = { request: request.right, ifVersion: ifVersion.right }
      const done = visitors.guess(incoming)(lists.handle(params["listId"] ?? "", visitor, command, options))
      return Effect.map(done, (answer) =>
        respond({ ...answer.detail, sequence: answer.sequence, version: answer.version }, status)
      )
    })

  return {
    createList: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.nothing(incoming)
      const visitor = yield* visitors.commanding(incoming)
      const request = yield* requestOf(incoming.message, visitor, body)
      const { listId, sequence, version } = yield* lists.create(visitor, { request })
      return respond({ listId, sequence, version }, 201, { location: `/api/lists/${listId}` })
    }),
    getList: Effect.fnUntraced(function* (incoming: Incoming) {
      const visitor = yield* visitors.of(incoming)
      const state = yield* visitors.guess(incoming)(lists.get(incoming.params["listId"] ?? "", visitor))
      const { list, listId, sequence, version } = state
      const body = { listId, version, sequence, access: list.access, todos: list.todos }
      return respond(body, 200, { etag: `"${version}"` })
    }),
    changeAccess: (incoming) =>
      Effect.flatMap(bodies.access(incoming), (body) => run(incoming, { _tag: "ChangeAccess", ...body }, body)),
    addTodo: (incoming) =>
      Effect.flatMap(bodies.add(incoming), (body) =>
        Effect.flatMap(lists.newTodoId, (todoId) => run(incoming, { _tag: "AddTodo", todoId, ...body }, body, 201))
      ),
    editTodo: (incoming) =>
      Effect.flatMap(bodies.edit(incoming), (body) =>
        Effect.flatMap(todoOf(incoming), (todoId) => run(incoming, { _tag: "EditTodo", todoId, ...body }, body))
      ),
    deleteTodo: (incoming) =>
      Effect.flatMap(todoOf(incoming), (todoId) => run(incoming, { _tag: "DeleteTodo", todoId }, {})),
    toggleAll: (incoming) =>
      Effect.flatMap(bodies.toggle(incoming), (body) => run(incoming, { _tag: "ToggleAll", ...body }, body)),
    clearCompleted: (incoming) =>
      Effect.flatMap(bodies.nothing(incoming), (body) => run(incoming, { _tag: "ClearCompleted" }, body))
  } satisfies Record<EndpointName, Handler>
})

const endpoints = Effect.flatMap(handlers, (all) => serve(group, all))

/** Made when it is first asked for: a start can do without. */
const openApi = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const document = yield* Effect.cached(Effect.sync(() => HttpServerResponse.unsafeJson(OpenApi.fromApi(api))))
    yield* router.add("GET", "/api/openapi.json", document)
  })
)

export const layer = Layer.mergeAll(Layer.effectDiscard(endpoints), openApi)
