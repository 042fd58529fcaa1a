// Shared by tests of lists: their Layers, one-line list creation, fragments and feeds.
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { Actor } from "../../../src/domain/Account.ts"
import type { RequestKey } from "../../../src/domain/Idempotency.ts"
import { Sequence, Version, type VisitorId } from "../../../src/domain/StoredEvent.ts"
import { type ListState, listFragment } from "../../../src/features/todo/listPage.tsx"
import { type ListView, viewKeyOf, viewOf } from "../../../src/features/todo/listWindow.ts"
import {
  type Access,
  type Command,
  type ListId,
  ListNotFound,
  TodoId,
  todoList
} from "../../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../../src/features/todo/TodoLists.ts"
import { Fragments, type RenderPart } from "../../../src/http/live/Fragments.ts"
import * as LiveFeed from "../../../src/http/live/LiveFeed.ts"
import { AggregateChanges } from "../../../src/layers/aggregates/AggregateChanges.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"

type Lists = Context.Tag.Service<TodoLists>

/** Services that receive new events. */
export const changes = Layer.provideMerge(AggregateChanges.layer, Subscriptions.layer)

export const addTodo = (lists: Lists, text: string): Command => ({
  _tag: "AddTodo",
  todoId: TodoId.make(lists.newId()),
  text
})

interface NewList {
  /** The text of its first todo. */
  readonly text?: string
  readonly request?: RequestKey
}

/** Creates a list for that owner, as the start page's form does. */
export const createList = (lists: Lists, owner: Actor | null, { request, text }: NewList = {}) =>
  lists.create(
    owner,
    [{ _tag: "CreateList", owner: owner?.visitorId ?? null }, ...(text === undefined ? [] : [addTodo(lists, text)])],
    { request }
  )

/** A list's cached fragment, as its page keeps it; `watching` receives each rendered row. */
export const fragmentOf = (
  fragments: Context.Tag.Service<Fragments>,
  state: ListState,
  view: ListView,
  watching = () => {}
) => {
  return fragments.of(`${state.id} ${viewKeyOf(state.state, view)}`, state, (keep) => {
    const watched: RenderPart = (part, render) =>
      keep(part, (it) => {
        watching()
        return render(it)
      })
    return listFragment(state, view, watched)
  })
}

/** The lists' feeds without their pages. */
export const feeds = Layer.scopedDiscard(
  Effect.gen(function* () {
    const fragments = yield* Fragments
    yield* LiveFeed.serve({
      store: yield* TodoLists,
      path: "/lists/:listId/feed",
      viewOf,
      viewKey: viewKeyOf,
      fragmentOf: (state, view) => fragmentOf(fragments, state, view)
    })
  })
)

/** Lists with a state that the test sets; `read` collects the requested ids. */
export const mockedLists = (owner: VisitorId) => {
  const { authorize, initial, isId } = todoList
  const states = new Map<string, ListState>()
  const read: Array<ListId> = []
  const listeners = new Set<(listId: ListId) => void>()
  const set = (id: ListId, version: number, access: Access = "link") => {
    const state = { ...initial, exists: true, owner, access }
    states.set(id, { id, state, version: Version.make(version), sequence: Sequence.make(version) })
    for (const listener of listeners) listener(id)
  }
  const layer = Layer.mock(TodoLists, {
    idName: "listId",
    isId,
    authorize,
    newId: () => "",
    now: () => 0,
    made: () => ({}),
    current: (id) => {
      read.push(id)
      const state = states.get(id)
      return state === undefined ? Effect.dieMessage("unknown") : Effect.succeed(state)
    },
    get: (id, actor) => {
      const known = states.get(id)
      if (known === undefined) return new ListNotFound()
      return Either.isRight(authorize(known.state, actor, "read")) ? Effect.succeed(known) : new ListNotFound()
    },
    onChange: (listener) => Effect.sync(() => void listeners.add(listener))
  })
  return { layer, read, set }
}
