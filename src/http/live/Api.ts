// The JSON API's handlers: each reads its body, makes a command of it, and answers where that led.
import { createHash } from "node:crypto"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Command, TodoId, TodoNotFound } from "../../domain/TodoList.ts"
import { type CommandError, TodoLists } from "../../layers/aggregates/TodoLists.ts"
import type { RateLimited } from "../../layers/rateLimits/RateLimits.ts"
import { Visitor } from "../account/Visitor.ts"
import {
  AddTodo,
  api,
  ChangeAccess,
  EditTodo,
  type EndpointName,
  group,
  Nothing,
  ToggleAll
} from "../server/ApiContract.ts"
import * as Body from "../server/Body.ts"
import { instead, tagsOf } from "../server/conditional.ts"
import { PreconditionFailed, type Reply, ValidationFailed } from "../server/Errors.ts"
import { respond, serve } from "../server/endpoints.ts"
import { FastRouter, type Handler, type Incoming } from "../server/FastRouter.ts"
import { describe } from "../server/openApi.ts"
import { requestOf } from "../server/requestKey.ts"

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

/** The versions of which `If-Match` (RFC 9110) demands one; `*` demands none beyond the list's existence. */
const ifMatch = (value: string | undefined): Either.Either<ReadonlyArray<number> | undefined, ValidationFailed> => {
  const tags = value === undefined ? "*" : tagsOf(value)
  if (tags === undefined) return Either.left(new ValidationFailed({ message: 'If-Match: expected "<version>"' }))
  if (tags === "*") return Either.right(undefined)
  // A weak tag is never the same one (13.1.1), and what is no version is none of a list's tags.
  return Either.right(tags.flatMap((tag) => (/^"(0|[1-9]\d{0,14})"$/.test(tag) ? [Number(tag.slice(1, -1))] : [])))
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
      const listId = params["listId"] ?? ""
      const done = visitors.guess(incoming, visitor, listId)(lists.handle(listId, visitor, command, options))
      return Effect.map(Effect.zipRight(visitors.mayStore(incoming, request.right), done), (answer) =>
        respond({ ...answer.detail, sequence: answer.sequence, version: answer.version }, status)
      )
    })

  return {
    createList: Effect.fnUntraced(function* (incoming: Incoming) {
      const body = yield* bodies.nothing(incoming)
      const visitor = yield* visitors.commanding(incoming)
      const request = yield* requestOf(incoming.message, visitor, body)
      yield* visitors.mayStore(incoming, request)
      const { listId, sequence, version } = yield* lists.create(visitor, { request })
      return respond({ listId, sequence, version }, 201, { location: `/api/lists/${listId}` })
    }),
    getList: Effect.fnUntraced(function* (incoming: Incoming) {
      const visitor = yield* visitors.of(incoming)
      const { listId: id = "" } = incoming.params
      const state = yield* visitors.guess(incoming, visitor, id)(lists.get(id, visitor))
      const { list, listId, sequence, version } = state
      const etag = `"${version}"`
      const status = instead(incoming.message.headers, etag)
      if (status === 412) return yield* new PreconditionFailed()
      if (status === 304) return { status, headers: { "cache-control": "no-store", etag }, body: "" }
      return respond({ listId, version, sequence, access: list.access, todos: list.todos }, 200, { etag })
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
const description = () => {
  const body = JSON.stringify(describe(OpenApi.fromApi(api)))
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`
  return { status: 200, headers: { "cache-control": "no-cache", "content-type": "application/json", etag }, body }
}

const openApi = Effect.map(FastRouter, (door) => {
  let made: ReturnType<typeof description> | undefined
  door.route("GET", "/api/openapi.json", ({ message }) => {
    made ??= description()
    const { "cache-control": cacheControl, etag } = made.headers
    const status = instead(message.headers, etag)
    if (status === 412) return Effect.fail(new PreconditionFailed())
    return status === 304 ? { status, headers: { "cache-control": cacheControl, etag }, body: "" } : made
  })
})

export const layer = Layer.effectDiscard(Effect.zip(endpoints, openApi))
