// The start page: the visitor's lists, and one form that makes the next.
import { maxTextLength } from "../../domain/TodoList.ts"
import type { VisitorList } from "../../layers/VisitorLists.ts"
import { htmxForm } from "./htmxForm.ts"
import { type AccountState, FormKey, Layout, type PageAssets } from "./layout.tsx"
import { page } from "./render.ts"

export const startPage = (
  assets: PageAssets,
  account: AccountState,
  lists: ReadonlyArray<VisitorList>,
  formKey: string
) =>
  page(
    <Layout title="Evenstar" assets={assets} account={account}>
      <form class="entry" {...htmxForm("/lists", "queue all")}>
        <label for="text">What needs doing?</label>
        <input id="text" name="text" required maxLength={maxTextLength} autocomplete="off" />
        <FormKey value={formKey} />
        <button type="submit">Start a list</button>
      </form>
      <div id="error" role="alert" />
      {lists.length === 0 ? null : <h2>Your lists</h2>}
      <ul class="lists">
        {lists.map(({ listId, title, todos }) => (
          <li key={listId}>
            <a href={`/lists/${listId}`}>
              <span class="text">{title ?? "An empty list"}</span>
              <small>{todos === 1 ? "1 todo" : `${todos} todos`}</small>
            </a>
          </li>
        ))}
      </ul>
    </Layout>
  )
