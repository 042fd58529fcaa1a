// The pages and their forms. Each form works without a script (303 to the page) and with htmx (204: the feed brings the change).
import type { IncomingHttpHeaders } from "node:http"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { newActor, owns } from "../../domain/Account.ts"
import { isUnguessable } from "../../domain/Idempotency.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Access, type Command, type ListId, TodoId, TodoNotFound, TodoText } from "../../domain/TodoList.ts"
import { Accounts } from "../../layers/accounts/Accounts.ts"
import { TodoLists } from "../../layers/aggregates/TodoLists.ts"
import { Ids } from "../../layers/node/Ids.ts"
import { VisitorLists } from "../../layers/VisitorLists.ts"
import { type CurrentVisitor, type Exchange, Visitor } from "../account/Visitor.ts"
import * as Body from "../server/Body.ts"
import { FastRouter, type Incoming } from "../server/FastRouter.ts"
import { accountOf, exchange, htmlResponse, pageAssets, pageReply, pageRoute, seeOther } from "../server/pageRoutes.ts"
import { requestKey } from "../server/requestKey.ts"
import { addedElsewhere, editPage, listPage } from "../views/list.tsx"
import { showsNewest, viewOf, viewSearch } from "../views/listWindow.ts"
import { pageOf } from "../views/pager.tsx"
import { partOf, startPage } from "../views/start.tsx"
import { ListFragments } from "./ListFragments.ts"

const isTodoId = Schema.is(TodoId)

const param = (name: string) => Effect.map(HttpRouter.params, (params) => params[name] ?? "")
const todoParam = Effect.filterOrFail(param("todoId"), isTodoId, () => new TodoNotFound())

/** Milliseconds in which a form that was sent twice is still one visitor's. */
const doubleSending = 60_000

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

const sentAs = ({ message }: Exchange, visitor: CurrentVisitor | null, key: string | undefined, asked: object) =>
  requestKey(message, visitor, key, { ...asked, todoId: undefined })

/** The part of a list's page that a plain form was on: `Referer` has it, since our policy lets our own pages say it. */
const cameFrom = ({ referer = "" }: IncomingHttpHeaders, listId: string) => {
  const path = `/lists/${listId}`
  const from = URL.canParse(referer) ? new URL(referer) : undefined
  return from?.pathname === path ? `${path}${viewSearch(viewOf(from.search))}` : path
}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const door = yield* FastRouter
    const lists = yield* TodoLists
    const fragments = yield* ListFragments
    const visitorLists = yield* VisitorLists
    const visitors = yield* Visitor
    const ids = yield* Ids
    const assets = yield* pageAssets("index.ts")
    const route = yield* pageRoute

    /**
     * A form on a list's page: its command, then back to the page, or to htmx that there is nothing to swap. A new todo is
     * led to where it isn't in view.
     */
    const command = <E, R>(path: string, read: Effect.Effect<FormCommand, E, R>) =>
      route(
        "POST",
        `/lists/:listId/${path}`,
        Effect.gen(function* () {
          const listId = yield* param("listId")
          const current = yield* exchange
          const visitor = yield* visitors.commanding(current)
          const { command, key } = yield* read
          const request = yield* sentAs(current, visitor, key, command)
          yield* visitors.mayStore(current, request)
          yield* visitors.guess(current, visitor, listId)(lists.handle(listId, visitor, command, { request }))
          const { headers } = current.message
          const isNew = command._tag === "AddTodo"
          if (headers["hx-request"] !== "true") return seeOther(isNew ? `/lists/${listId}` : cameFrom(headers, listId))
          const isInView = !isNew || showsNewest(viewOf(String(headers["hx-current-url"] ?? "")))
          return isInView ? HttpServerResponse.empty({ status: 204 }) : htmlResponse(addedElsewhere(listId))
        })
      )

    /**
     * For whom a first list's session begins. Who sent the form twice, before the first answer's cookie came, gets the first
     * list and owns it: the key stood on this visitor's page and nowhere else. That is a matter of moments, and over once
     * the owner has signed in.
     */
    const firstOwner = Effect.fnUntraced(function* (
      { age, listId }: { readonly age: number; readonly listId: ListId },
      visitorId: VisitorId
    ) {
      const { owner } = (yield* lists.current(listId)).list
      if (owner === null || owner === visitorId) return Option.some(visitorId)
      const isLate = Math.abs(age) > doubleSending
      return isLate || Option.isSome(yield* accounts.userOf(owner)) ? Option.none() : Option.some(owner)
    })

    door.route("GET", "/", (incoming) =>
      Effect.gen(function* () {
        const visitor = yield* visitors.of(incoming)
        const asked = new URLSearchParams(incoming.message.url?.split("?")[1])
        const total = visitor === null ? 0 : yield* visitorLists.count(visitor)
        const { page, ...part } = partOf(pageOf(asked), total)
        const owned = visitor === null ? [] : yield* visitorLists.of(visitor, part)
        const formKey = yield* ids.random
        return yield* pageReply(incoming, () =>
          startPage(assets(), accountOf(visitor), { lists: owned, page, total }, formKey)
        )
      })
    )
    yield* route(
      "POST",
      "/lists",
      Effect.gen(function* () {
        const current = yield* exchange
        const visitor = yield* visitors.commanding(current)
        if (visitor === null) yield* visitors.mayBegin(current)
        const { idempotencyKey, text } = yield* newListForm
        // A key that can't be guessed makes it the same request with a session and without: the first answer's cookie may have
        // come between the two clicks.
        const isSecret = idempotencyKey !== undefined && isUnguessable(idempotencyKey)
        const request = yield* sentAs(current, isSecret ? null : visitor, idempotencyKey, { text })
        yield* visitors.mayStore(current, request)
        const owner = visitor ?? newActor(VisitorId.make(yield* ids.random))
        const created = yield* lists.create(owner, { text, request })
        if (visitor === null) {
          const heir = yield* firstOwner(created, owner.visitorId)
          if (Option.isSome(heir)) yield* visitors.begin(current, heir.value)
        }
        return seeOther(`/lists/${created.listId}`)
      })
    )
    /** A list that may be read, and who asks for it. */
    const asked = Effect.fnUntraced(function* (incoming: Incoming) {
      const visitor = yield* visitors.of(incoming)
      const { listId = "" } = incoming.params
      const state = yield* visitors.guess(incoming, visitor, listId)(lists.get(listId, visitor))
      return { state, reader: { account: accountOf(visitor), isOwner: owns(visitor, state.list.owner) } }
    })
    door.route("GET", "/lists/:listId", (incoming) =>
      Effect.gen(function* () {
        const { reader, state } = yield* asked(incoming)
        const view = viewOf(incoming.message.url)
        const formKey = yield* ids.random
        return yield* pageReply(incoming, () => {
          const [before, after] = listPage(assets(), state, reader, view, formKey)
          return [before, fragments.of(state, view).html, after]
        })
      })
    )
    door.route("GET", "/lists/:listId/todos/:todoId/edit", (incoming) =>
      Effect.gen(function* () {
        const { reader, state } = yield* asked(incoming)
        const todo = state.list.todos.find(({ todoId }) => todoId === incoming.params["todoId"])
        if (todo === undefined) return yield* new TodoNotFound()
        return yield* pageReply(incoming, () => editPage(assets(), reader.account, state.listId, todo))
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
