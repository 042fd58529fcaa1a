// The start page: the visitor's lists, and one form that makes the next.
import { maxTextLength } from "../../domain/TodoList.ts"
import type { VisitorList } from "../../layers/VisitorLists.ts"
import { htmxForm } from "./htmxForm.ts"
import { type AccountState, FormKey, Layout, type PageAssets } from "./layout.tsx"
import { Pager } from "./pager.tsx"
import { page } from "./render.ts"

/** Lists on a page. */
export const listsOnPage = 50

/** A page of somebody's lists. */
export interface OwnedLists {
  readonly lists: ReadonlyArray<VisitorList>
  readonly page: number
  /** Of all pages. */
  readonly total: number
}

/** Where a page begins; one beyond the last is the last. */
export const partOf = (page: number, total: number) => {
  const pages = Math.max(1, Math.ceil(total / listsOnPage))
  const there = Math.min(page, pages)
  return { page: there, pages, offset: (there - 1) * listsOnPage, limit: listsOnPage }
}

const ListsPager = ({ lists, page: number, total }: OwnedLists) => {
  const { offset, pages } = partOf(number, total)
  const shown = `${offset + 1} to ${offset + lists.length} of ${total}`
  return pages === 1 ? null : (
    <Pager page={number} pages={pages} shown={shown} to={(other) => (other === 1 ? "/" : `/?page=${other}`)} />
  )
}

export const startPage = (
  assets: PageAssets,
  account: AccountState,
  { lists, page: number, total }: OwnedLists,
  formKey: string
) =>
  page(
    <Layout title="Evenstar" assets={assets} account={account}>
      <form class="entry" {...htmxForm("/lists", "queue all")}>
        <label for="text">What needs doing?</label>
        <input id="text" name="text" dir="auto" required maxLength={maxTextLength} autocomplete="off" />
        <FormKey value={formKey} />
        <button type="submit">Start a list</button>
      </form>
      <div id="error" role="alert" />
      {total === 0 ? null : <h2>Your lists</h2>}
      <ul class="lists">
        {lists.map(({ listId, title, todos }) => (
          <li key={listId}>
            <a href={`/lists/${listId}`}>
              <span class="text" dir="auto">
                {title ?? "An empty list"}
              </span>
              <small>{todos === 1 ? "1 todo" : `${todos} todos`}</small>
            </a>
          </li>
        ))}
      </ul>
      <ListsPager lists={lists} page={number} total={total} />
    </Layout>
  )
