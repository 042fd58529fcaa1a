// The live page of a list and its fragment, which is the same for all clients of a view.
import type { Blocks, Rows } from "../../http/live/changes.ts"
import type { RenderPart } from "../../http/live/Fragments.ts"
import type { LivePageOf, PageOf } from "../../http/live/LivePage.ts"
import { feed } from "../../http/views/feed.ts"
import { addsTo, htmxForm } from "../../http/views/htmxForm.ts"
import { type AccountState, FormKey, Layout } from "../../http/views/layout.tsx"
import { LiveStatus } from "../../http/views/liveStatus.tsx"
import { Pager } from "../../http/views/pager.tsx"
import { html, page } from "../../http/views/render.ts"
import type { AggregateState } from "../../layers/aggregates/AggregateStore.ts"
import { filters, itemsLeft, type ListView, shownIn, showsNewest, viewSearch, windowOf } from "./listWindow.ts"
import { type Access, accesses, type ListId, maxTextLength, type Todo, type TodoList } from "./TodoList.ts"

export type ListState = AggregateState<ListId, TodoList>
export type ListPage = PageOf<ListId, TodoList, ListView>

/** The text occurs once: the entry script copies it into the field; without one there is a page. */
const Item = ({ listId, todo }: { readonly listId: ListId; readonly todo: Todo }) => {
  const base = `/lists/${listId}/todos/${todo.todoId}`
  const text = `text-${todo.todoId}`
  return (
    <li id={`todo-${todo.todoId}`} class={todo.completed ? "completed" : ""}>
      <form {...htmxForm(`${base}/${todo.completed ? "reopen" : "complete"}`)}>
        <button class="check" type="submit" aria-pressed={todo.completed} aria-labelledby={`label-completed ${text}`} />
      </form>
      <span class="text" id={text} dir="auto">
        {todo.text}
      </span>
      <details>
        <summary aria-labelledby={`label-rename ${text}`}>✎</summary>
        <form {...htmxForm(`${base}/rename`, "queue last")}>
          <input name="text" aria-label="New text" dir="auto" required maxLength={maxTextLength} autocomplete="off" />
          <button type="submit">Save</button>
        </form>
      </details>
      <a class="edit" href={`${base}/edit`} aria-labelledby={`label-rename ${text}`}>
        ✎
      </a>
      <form {...htmxForm(`${base}/delete`)}>
        <button class="plain" type="submit" aria-labelledby={`label-delete ${text}`}>
          ✕
        </button>
      </form>
    </li>
  )
}

const whoMay: Record<Access, string> = {
  link: "Whoever has this page's address can open and edit the list.",
  "read-only": "Whoever has this page's address can read the list; only its owner can edit it.",
  private: "Only its owner can see this list."
}

/** How many are left, and what can be done with all of them. */
const barOf = ({ todos }: TodoList, left: number, path: string): Rows => {
  const toggleAll = (
    <form id="toggle-all" {...htmxForm(`${path}/toggle-all`)}>
      <input type="hidden" name="completed" value={String(left > 0)} />
      <button type="submit">{left > 0 ? "Complete all" : "Reopen all"}</button>
    </form>
  )
  const clearCompleted = (
    <form id="clear-completed" {...htmxForm(`${path}/clear-completed`)}>
      <button type="submit">Clear completed</button>
    </form>
  )
  const itemsLeft = (
    <span id="left" role="status">
      {left === 1 ? "1 item left" : `${left} items left`}
    </span>
  )
  return {
    id: "bar",
    open: '<div class="bar" id="bar">',
    rows: [
      { id: "left", html: html(itemsLeft) },
      ...(todos.length === 0 ? [] : [{ id: "toggle-all", html: html(toggleAll) }]),
      ...(left === todos.length ? [] : [{ id: "clear-completed", html: html(clearCompleted) }])
    ],
    close: "</div>"
  }
}

const WhoMay = ({ access }: TodoList) => (
  <p class="quiet" id="who-may" data-access={access}>
    {whoMay[access]}
  </p>
)

/** The fragment without line breaks. A todo's row is cached by the todo. */
export const listFragment = ({ id, state }: ListState, view: ListView, keep: RenderPart): Blocks => {
  const path = `/lists/${id}`
  const window = windowOf(state, view)
  const { before, shown } = shownIn(state, window)
  const { filter, page: number, pages, total } = window
  const range = `${before + 1} to ${before + shown.length} of ${total}`
  const to = (other: number) => `${path}${viewSearch({ filter, page: other })}`
  const pager = <Pager page={number} pages={pages} shown={range} to={to} />
  const rows = shown.map((todo) => ({
    id: `todo-${todo.todoId}`,
    html: keep(todo, () => html(<Item listId={id} todo={todo} />))
  }))
  return [
    ...(pages === 1 ? [] : [{ id: "pages", html: html(pager) }]),
    { id: "todos", open: '<ul class="todos" id="todos">', rows, close: "</ul>" },
    barOf(state, itemsLeft(state), path),
    { id: "who-may", html: html(<WhoMay {...state} />) }
  ]
}

const choices: Record<Access, string> = {
  link: "everybody with the address, to edit",
  "read-only": "everybody with the address, to read",
  private: "me alone"
}

/** A native form: the response is the whole page, which explains the new access. */
const AccessForm = ({ account, id, state: list }: ListState & { readonly account: AccountState }) => (
  <section class="access">
    <form method="post" action={`/lists/${id}/access`}>
      <label for="access">This list is for</label>
      <select id="access" name="access">
        {accesses.map((name) => (
          <option key={name} value={name} selected={name === list.access}>
            {choices[name]}
          </option>
        ))}
      </select>
      <button type="submit">Change</button>
    </form>
    {list.access !== "private" || account === "signed in" ? null : (
      <p class="note">
        Only this browser's cookie opens this private list: when the cookie is lost, the list is lost with it.{" "}
        <a href="/account">Create a passkey</a> to keep it.
      </p>
    )}
  </section>
)

/**
 * The page around the fragment. `formKey` is the Idempotency-Key of the form that adds a todo; the
 * entry script renews it.
 */
export const listPage = ({
  assets,
  formKey,
  fragment,
  reader,
  state,
  view
}: LivePageOf<ListId, TodoList, ListView>) => {
  const { account, isOwner } = reader
  const { filter, page: number } = view
  const list = `/lists/${state.id}`
  const title = state.state.todos[0]?.text ?? "A list"
  return page(
    <Layout
      title={`${title} · ${assets.site}`}
      description="A todo list that is live in every browser that has it open."
      assets={assets}
      account={account}
      status={<LiveStatus />}
    >
      <form
        class="entry"
        id="add"
        {...htmxForm(`${list}/todos`, "queue all")}
        {...(showsNewest(view) ? addsTo("todos") : {})}
      >
        <label for="text">What needs doing?</label>
        <input id="text" name="text" dir="auto" required maxLength={maxTextLength} autocomplete="off" />
        <FormKey value={formKey} />
        <button type="submit">Add</button>
      </form>
      <div id="error" role="alert" />
      <div id="notice" role="status" />
      <nav class="filters" aria-label="Filter">
        {filters.map((name) => (
          <a
            key={name}
            href={`${list}${viewSearch({ filter: name, page: 1 })}`}
            aria-current={name === filter ? "page" : undefined}
          >
            {name[0]?.toUpperCase() + name.slice(1)}
          </a>
        ))}
      </nav>
      {/* Labels of the todos' buttons, each combined with the todo's text: "Delete: milk". */}
      <div hidden>
        <span id="label-completed">Completed:</span>
        <span id="label-rename">Rename:</span>
        <span id="label-delete">Delete:</span>
      </div>
      <div
        id="feed"
        data-owner={isOwner}
        {...feed(`${list}/feed${viewSearch({ filter, page: number })}`)}
        {...fragment}
      />
      {isOwner ? <AccessForm {...state} account={account} /> : null}
    </Layout>
  )
}

/** The page that renames one todo without a script. */
export const editPage = ({ assets, reader: { account }, state }: ListPage, { text, todoId }: Todo) => {
  const list = `/lists/${state.id}`
  return page(
    <Layout title={`Rename · ${assets.site}`} assets={assets} account={account}>
      <form class="entry" method="post" action={`${list}/todos/${todoId}/rename`}>
        <label for="text">New text</label>
        <input id="text" name="text" value={text} dir="auto" required maxLength={maxTextLength} autocomplete="off" />
        <button type="submit">Save</button>
      </form>
      <p>
        <a href={list}>Back to the list</a>
      </p>
    </Layout>
  )
}

/** The notice to htmx after adding a todo that the current view doesn't show. */
export const addedElsewhere = (listId: string) => {
  const notice = html(
    <p>
      Added. <a href={`/lists/${listId}`}>Show the newest todos</a>
    </p>
  )
  return `<hx-partial hx-target="#notice" hx-swap="innerHTML">${notice}</hx-partial>`
}
