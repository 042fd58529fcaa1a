// The pages and their forms. Each form works without a script (303 to the page) and with htmx (204: the feed brings the change).
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { VisitorId } from "../domain/StoredEvent.ts"
import { Access, type Command, TodoId, TodoNotFound, TodoText } from "../domain/TodoList.ts"
import { Assets } from "../layers/Assets.ts"
import { Ids } from "../layers/Ids.ts"
import { TodoLists } from "../layers/TodoLists.ts"
import { VisitorLists } from "../layers/VisitorLists.ts"
import * as Body from "./Body.ts"
import { answered } from "./Errors.ts"
import { requestKey } from "./requestKey.ts"
import { idOf, Visitor, withCookie } from "./Visitor.ts"
import { type Filter, filters, listPage } from "./views/list.tsx"
import { startPage } from "./views/start.tsx"

type Handler<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

const htmlResponse = (text: string) =>
  HttpServerResponse.text(text, { contentType: "text/html; charset=utf-8", headers: { "cache-control": "no-store" } })

const isTodoId = Schema.is(TodoId)

const param = (name: string) => Effect.map(HttpRouter.params, (params) => params[name] ?? "")
const todoParam = Effect.filterOrFail(param("todoId"), isTodoId, () => new TodoNotFound())

/** The hidden field that makes a form's second sending (a double click) the same request as its first. */
const key = Schema.optional(Schema.String)
const textForm = Body.form(Schema.Struct({ text: TodoText, idempotencyKey: key }))
const newListForm = Body.form(Schema.Struct({ text: Schema.optional(TodoText), idempotencyKey: key }))
const toggleForm = Body.form(Schema.Struct({ completed: Schema.BooleanFromString }))
const accessForm = Body.form(Schema.Struct({ access: Access }))

/** What a form asks for; with a key, it may be sent twice and is done once. Only adding needs one: all else says what shall be. */
interface FormCommand {
  readonly command: Command
  readonly key?: string | undefined
}

const sentAs = (visitor: VisitorId | null, key: string | undefined, asked: object) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    requestKey(NodeHttpServerRequest.toIncomingMessage(request), visitor, key, { ...asked, todoId: undefined })
  )

const filterOf = (url: string): Filter => {
  const wanted = new URLSearchParams(url.split("?")[1]).get("filter")
  return filters.find((name) => name === wanted) ?? "all"
}

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const lists = yield* TodoLists
    const visitorLists = yield* VisitorLists
    const visitors = yield* Visitor
    const ids = yield* Ids
    const built = yield* Assets
    const assets = {
      script: built.url("index.ts"),
      style: built.url("style.css"),
      icon: built.url("favicon.svg")
    }

    const currentVisitor = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
      visitors.of({ cookie: headers["cookie"] })
    )
    const route = <E, R>(method: "GET" | "POST", path: `/${string}`, handler: Handler<E, R>) =>
      router.add(method, path, answered(handler))

    /** A form on a list's page: its command, then back to the page, or to htmx that there is nothing to swap. */
    const command = <E, R>(path: string, read: Effect.Effect<FormCommand, E, R>) =>
      route(
        "POST",
        `/lists/:listId/${path}`,
        Effect.gen(function* () {
          const listId = yield* param("listId")
          const visitor = idOf(yield* currentVisitor)
          const { command, key } = yield* read
          const request = yield* sentAs(visitor, key, command)
          yield* lists.handle(listId, visitor, command, { request })
          const { headers } = yield* HttpServerRequest.HttpServerRequest
          return headers["hx-request"] === "true"
            ? HttpServerResponse.empty({ status: 204 })
            : HttpServerResponse.redirect(`/lists/${listId}`, { status: 303 })
        })
      )

    yield* route(
      "GET",
      "/",
      Effect.gen(function* () {
        const who = yield* currentVisitor
        const key = yield* ids.random
        if (Option.isNone(who)) return htmlResponse(startPage(assets, [], key))
        const owned = yield* visitorLists.of(who.value.visitorId)
        return withCookie(htmlResponse(startPage(assets, owned, key)), who.value)
      })
    )
    yield* route(
      "POST",
      "/lists",
      Effect.gen(function* () {
        const { idempotencyKey, text } = yield* newListForm
        const who = yield* currentVisitor
        // Without a session only a key that can't be guessed makes it the same request: its answer is the owner's session.
        const isSecret = idempotencyKey !== undefined && /^[0-9a-f-]{32,36}$/.test(idempotencyKey)
        const key = Option.isSome(who) || isSecret ? idempotencyKey : undefined
        const request = yield* sentAs(idOf(who), key, { text })
        const visitorId = idOf(who) ?? VisitorId.make(yield* ids.random)
        const { listId } = yield* lists.create(visitorId, { text, request })
        const response = HttpServerResponse.redirect(`/lists/${listId}`, { status: 303 })
        if (Option.isSome(who)) return withCookie(response, who.value)
        // The session begins with the list, for the list's owner: who sent the form twice, before the first answer's cookie
        // came, gets the first list and owns it. The key stood on this visitor's page and nowhere else.
        const { list } = yield* lists.current(listId)
        return withCookie(response, yield* visitors.begin(list.owner ?? visitorId))
      })
    )
    yield* route(
      "GET",
      "/lists/:listId",
      Effect.gen(function* () {
        const { url } = yield* HttpServerRequest.HttpServerRequest
        const who = yield* currentVisitor
        const state = yield* lists.get(yield* param("listId"), idOf(who))
        const response = htmlResponse(listPage(assets, state, filterOf(url), yield* ids.random))
        return Option.match(who, { onNone: () => response, onSome: (visitor) => withCookie(response, visitor) })
      })
    )
    yield* command(
      "todos",
      Effect.gen(function* () {
        const { idempotencyKey, text } = yield* textForm
        return { command: { _tag: "AddTodo", todoId: yield* lists.newTodoId, text }, key: idempotencyKey }
      })
    )
    yield* command(
      "todos/:todoId/rename",
      Effect.gen(function* () {
        const todoId = yield* todoParam
        const { text } = yield* textForm
        return { command: { _tag: "EditTodo", todoId, text } }
      })
    )
    const edit = (completed: boolean) =>
      Effect.map(todoParam, (todoId): FormCommand => ({ command: { _tag: "EditTodo", todoId, completed } }))
    yield* command("todos/:todoId/complete", edit(true))
    yield* command("todos/:todoId/reopen", edit(false))
    yield* command(
      "todos/:todoId/delete",
      Effect.map(todoParam, (todoId): FormCommand => ({ command: { _tag: "DeleteTodo", todoId } }))
    )
    yield* command(
      "toggle-all",
      Effect.map(toggleForm, ({ completed }): FormCommand => ({ command: { _tag: "ToggleAll", completed } }))
    )
    yield* command("clear-completed", Effect.succeed<FormCommand>({ command: { _tag: "ClearCompleted" } }))
    yield* command(
      "access",
      Effect.map(accessForm, ({ access }): FormCommand => ({ command: { _tag: "ChangeAccess", access } }))
    )
  })
)
