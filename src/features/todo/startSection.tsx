// The start page's section: the visitor's lists, and the form that creates one.
import * as Effect from "effect/Effect"
import type { Section } from "../../http/live/StartPage.ts"
import { htmxForm } from "../../http/views/htmxForm.ts"
import { FormKey } from "../../http/views/layout.tsx"
import { Pager, pageOf } from "../../http/views/pager.tsx"
import { maxTextLength } from "./TodoList.ts"
import { type VisitorList, VisitorLists } from "./VisitorLists.ts"

/** Lists on a page. */
export const listsOnPage = 50

/** One page of a visitor's lists. */
interface OwnedLists {
  readonly lists: ReadonlyArray<VisitorList>
  readonly page: number
  /** Lists on all pages. */
  readonly total: number
}

/** The range of a page; a page beyond the last becomes the last. */
const partOf = (page: number, total: number) => {
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

const Lists = ({ formKey, owned }: { readonly formKey: string; readonly owned: OwnedLists }) => (
  <>
    <form class="entry" {...htmxForm("/lists", "queue all")}>
      <label for="text">What needs doing?</label>
      <input id="text" name="text" dir="auto" required maxLength={maxTextLength} autocomplete="off" />
      <FormKey value={formKey} />
      <button type="submit">Start a list</button>
    </form>
    {owned.total === 0 ? null : <h2>Your lists</h2>}
    <ul class="lists">
      {owned.lists.map(({ listId, title, todos }) => (
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
    <ListsPager {...owned} />
  </>
)

export const startSection = Effect.map(
  VisitorLists,
  (visitorLists): Section =>
    ({ asked, formKey, visitor }) =>
      Effect.gen(function* () {
        const total = visitor === null ? 0 : yield* visitorLists.count(visitor)
        const { page, ...part } = partOf(pageOf(asked), total)
        const lists = visitor === null ? [] : yield* visitorLists.of(visitor, part)
        return <Lists formKey={formKey} owned={{ lists, page, total }} />
      })
)
