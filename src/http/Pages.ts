// The pages and their forms. Each form works without a script (303 to the page) and with htmx (204: the feed brings the change).
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Access, type Command, TodoId, TodoNotFound, TodoText } from "../domain/TodoList.ts"
import { Assets } from "../layers/Assets.ts"
import { TodoLists } from "../layers/TodoLists.ts"
import { VisitorLists } from "../layers/VisitorLists.ts"
import * as Body from "./Body.ts"
import { answered } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"
import { idOf, Visitor } from "./Visitor.ts"
import { type Filter, filters, listFragment, listPage } from "./views/list.tsx"
import { startPage } from "./views/start.tsx"

type Handler<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

const htmlResponse = (text: string) =>
  HttpServerResponse.text(text, { contentType: "text/html; charset=utf-8", headers: { "cache-control": "no-store" } })

const isTodoId = Schema.is(TodoId)

const param = (name: string) => Effect.map(HttpRouter.params, (params) => params[name] ?? "")
const todoParam = Effect.filterOrFail(param("todoId"), isTodoId, () => new TodoNotFound())

const textForm = Body.form(Schema.Struct({ text: TodoText }))
const newListForm = Body.form(Schema.Struct({ text: Schema.optional(TodoText) }))
const toggleForm = Body.form(Schema.Struct({ completed: Schema.BooleanFromString }))
const accessForm = Body.form(Schema.Struct({ access: Access }))

const filterOf = (url: string): Filter => {
  const wanted = new URLSearchParams(url.split("?")[1]).get("filter")
  return filters.find((name) => name === wanted) ?? "all"
}

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const lists = yield* TodoLists
    const visitorLists = yield* VisitorLists
    const visitor = yield* Visitor
    const streams = yield* EventStreams
    const built = yield* Assets
    const assets = {
      script: built.url("index.ts"),
      style: built.url("style.css"),
      icon: built.url("favicon.svg")
    }

    const route = <E, R>(method: "GET" | "POST", path: `/${string}`, handler: Handler<E, R>) =>
      router.add(method, path, answered(handler))

    /** A form on a list's page: its command, then back to the page, or to htmx that there is nothing to swap. */
    const command = <E, R>(path: string, make: Effect.Effect<Command, E, R>) =>
      route(
        "POST",
        `/lists/:listId/${path}`,
        Effect.gen(function* () {
          const listId = yield* param("listId")
          const who = yield* visitor.current
          yield* lists.handle(listId, idOf(who), yield* make)
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
        const who = yield* visitor.current
        if (Option.isNone(who)) return htmlResponse(startPage(assets, []))
        const owned = yield* visitorLists.of(who.value.visitorId)
        return who.value.withCookie(htmlResponse(startPage(assets, owned)))
      })
    )
    yield* route(
      "POST",
      "/lists",
      Effect.gen(function* () {
        const { text } = yield* newListForm
        const { visitorId, withCookie } = yield* visitor.orNew
        const { listId } = yield* lists.create(visitorId, text)
        return withCookie(HttpServerResponse.redirect(`/lists/${listId}`, { status: 303 }))
      })
    )
    yield* route(
      "GET",
      "/lists/:listId",
      Effect.gen(function* () {
        const { url } = yield* HttpServerRequest.HttpServerRequest
        const who = yield* visitor.current
        const state = yield* lists.get(yield* param("listId"), idOf(who))
        const response = htmlResponse(listPage(assets, state, filterOf(url)))
        return Option.match(who, { onNone: () => response, onSome: ({ withCookie }) => withCookie(response) })
      })
    )
    yield* route(
      "GET",
      "/lists/:listId/feed",
      Effect.gen(function* () {
        const listId = yield* param("listId")
        const visitorId = idOf(yield* visitor.current)
        yield* lists.get(listId, visitorId)
        const fragments = Stream.map(lists.changes(listId, visitorId), (state) => ({
          id: state.sequence,
          data: listFragment(state)
        }))
        return yield* streams.serve(fragments, { ping: true })
      })
    )
    yield* command(
      "todos",
      Effect.gen(function* () {
        const { text } = yield* textForm
        return { _tag: "AddTodo" as const, todoId: yield* lists.newTodoId, text }
      })
    )
    yield* command(
      "todos/:todoId/rename",
      Effect.gen(function* () {
        const todoId = yield* todoParam
        const { text } = yield* textForm
        return { _tag: "EditTodo" as const, todoId, text }
      })
    )
    const edit = (completed: boolean) =>
      Effect.map(todoParam, (todoId): Command => ({ _tag: "EditTodo", todoId, completed }))
    yield* command("todos/:todoId/complete", edit(true))
    yield* command("todos/:todoId/reopen", edit(false))
    yield* command(
      "todos/:todoId/delete",
      Effect.map(todoParam, (todoId): Command => ({ _tag: "DeleteTodo", todoId }))
    )
    yield* command(
      "toggle-all",
      Effect.map(toggleForm, ({ completed }): Command => ({ _tag: "ToggleAll", completed }))
    )
    yield* command("clear-completed", Effect.succeed<Command>({ _tag: "ClearCompleted" }))
    yield* command(
      "access",
      Effect.map(accessForm, ({ access }): Command => ({ _tag: "ChangeAccess", access }))
    )
  })
)
