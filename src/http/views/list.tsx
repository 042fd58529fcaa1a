// A list's page, and the fragment of it that the feed sends: the fragment is the same for all who look at the list.
import { type Access, accesses, maxTextLength, type Todo } from "../../domain/TodoList.ts"
import type { ListState } from "../../layers/TodoLists.ts"
import { asItIs, feed } from "./feed.ts"
import { type AccountState, FormKey, Layout, type PageAssets } from "./layout.tsx"
import { html, page } from "./render.ts"

export const filters = ["all", "active", "completed"] as const
export type Filter = (typeof filters)[number]

/** A form that posts as it is without a script, and through htmx with one: the feed brings what it changed. */
const htmx = (action: string) => ({
  method: "post",
  action,
  "hx-post": action,
  "hx-swap": "none",
  "hx-sync": "this:drop",
  "hx-status:4xx": "target:#error swap:innerHTML",
  "hx-status:5xx": "target:#error swap:innerHTML"
})

const Item = ({ list, todo }: { readonly list: string; readonly todo: Todo }) => {
  const base = `${list}/todos/${todo.todoId}`
  const text = `text-${todo.todoId}`
  return (
    <li id={`todo-${todo.todoId}`} class={todo.completed ? "completed" : ""}>
      <form {...htmx(`${base}/${todo.completed ? "reopen" : "complete"}`)}>
        <button class="check" type="submit" aria-pressed={todo.completed} aria-labelledby={`label-completed ${text}`}>
          {todo.completed ? "✓" : ""}
        </button>
      </form>
      <span class="text" id={text}>
        {todo.text}
      </span>
      <details>
        <summary aria-labelledby={`label-rename ${text}`}>✎</summary>
        <form {...htmx(`${base}/rename`)}>
          <input
            name="text"
            value={todo.text}
            aria-label="New text"
            required
            maxLength={maxTextLength}
            autocomplete="off"
          />
          <button type="submit">Save</button>
        </form>
      </details>
      <form {...htmx(`${base}/delete`)}>
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

const Fragment = ({ list: { access, todos }, listId }: ListState) => {
  const list = `/lists/${listId}`
  const left = todos.filter(({ completed }) => !completed).length
  return (
    <>
      <ul class="todos" id="todos">
        {todos.map((todo) => (
          <Item key={todo.todoId} list={list} todo={todo} />
        ))}
      </ul>
      <div class="bar" id="bar">
        <span id="left" role="status">
          {left === 1 ? "1 item left" : `${left} items left`}
        </span>
        {todos.length === 0 ? null : (
          <form {...htmx(`${list}/toggle-all`)}>
            <input type="hidden" name="completed" value={String(left > 0)} />
            <button type="submit">{left > 0 ? "Complete all" : "Reopen all"}</button>
          </form>
        )}
        {left === todos.length ? null : (
          <form {...htmx(`${list}/clear-completed`)}>
            <button type="submit">Clear completed</button>
          </form>
        )}
      </div>
      <p class="quiet" id="who-may" data-access={access}>
        {whoMay[access]}
      </p>
    </>
  )
}

export const listFragment = (state: ListState) => html(<Fragment {...state} />)

/** Who looks at a list's page. */
export interface Reader {
  readonly account: AccountState
  readonly isOwner: boolean
}

const choices: Record<Access, string> = {
  link: "everybody with the address, to edit",
  "read-only": "everybody with the address, to read",
  private: "me alone"
}

/** The owner's choice. An ordinary form: the answer is the whole page, which says what follows from it. */
const AccessForm = ({ account, list, listId }: ListState & Pick<Reader, "account">) => (
  <section class="access">
    <form method="post" action={`/lists/${listId}/access`}>
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
 * `fragment` is what `listFragment` made of the same state. `formKey` makes the form that adds a todo one request, however
 * often it is sent; the entry script renews it.
 */
export const listPage = (
  assets: PageAssets,
  state: ListState,
  fragment: string,
  { account, isOwner }: Reader,
  filter: Filter,
  formKey: string
) => {
  const list = `/lists/${state.listId}`
  const title = state.list.todos[0]?.text ?? "A list"
  return page(
    <Layout
      title={`${title} · Evenstar`}
      assets={assets}
      account={account}
      status={<span id="connection" role="status" />}
    >
      <form class="entry" id="add" {...htmx(`${list}/todos`)}>
        <label for="text">What needs doing?</label>
        <input id="text" name="text" required maxLength={maxTextLength} autocomplete="off" />
        <FormKey value={formKey} />
        <button type="submit">Add</button>
      </form>
      <div id="error" role="alert" />
      <nav class="filters" aria-label="Filter">
        {filters.map((name) => (
          <a
            key={name}
            href={name === "all" ? list : `${list}?filter=${name}`}
            aria-current={name === filter ? "page" : undefined}
          >
            {name[0]?.toUpperCase() + name.slice(1)}
          </a>
        ))}
      </nav>
      {/* What the buttons of all todos are called, each with its todo's text: "Delete: milk". */}
      <div hidden>
        <span id="label-completed">Completed:</span>
        <span id="label-rename">Rename:</span>
        <span id="label-delete">Delete:</span>
      </div>
      <div id="feed" data-filter={filter} data-owner={isOwner} {...feed(`${list}/feed`)} {...asItIs(fragment)} />
      {isOwner ? <AccessForm {...state} account={account} /> : null}
    </Layout>
  )
}
