// The dashboard's page: what is shown, chosen by the address, and the live part that the feed replaces figure by figure.
import type { VisitorList } from "../../../features/todo/VisitorLists.ts"
import { type AnalyticsFilter, daysBefore, searchOf } from "../../analytics/analyticsFilter.ts"
import { asItIs, feed } from "../feed.ts"
import { type AccountState, Layout, type PageAssets } from "../layout.tsx"
import { page } from "../render.ts"

/** The live part as it is inside the feed's element: HTML of our own, by the ids of its elements. */
export const dashboard = (headline: string, panels: ReadonlyArray<string>) =>
  `${headline}<div class="dashboard" id="dashboard">${panels.join("")}</div>`

const spans: ReadonlyArray<readonly [text: string, days: number | undefined]> = [
  ["7 days", 7],
  ["30 days", 30],
  ["90 days", 90],
  ["All", undefined]
]

const Spans = ({ from, listId, to, today }: AnalyticsFilter) => (
  <nav class="filters" aria-label="Days">
    {spans.map(([text, days]) => {
      const first = days === undefined ? undefined : daysBefore(today, days - 1)
      return (
        <a
          key={text}
          href={`/analytics${searchOf({ from: first ?? "", listId })}`}
          aria-current={to === undefined && from === first ? "page" : undefined}
        >
          {text}
        </a>
      )
    })}
  </nav>
)

/** Characters of a list's title that its option has: of hundreds of lists, all would be most of the page. */
const optionLength = 40
const shortened = (title: string) => {
  const characters = [...title]
  return characters.length > optionLength ? `${characters.slice(0, optionLength - 1).join("")}…` : title
}

interface Props {
  readonly filter: AnalyticsFilter
  /** The actor's own. */
  readonly lists: ReadonlyArray<VisitorList>
}

const FilterForm = ({ filter, lists }: Props) => {
  const { from, listId, to } = filter
  return (
    <form class="range" method="get" action="/analytics">
      <div>
        <label for="from">From</label>
        <input id="from" type="date" name="from" value={from} />
      </div>
      <div>
        <label for="to">To</label>
        <input id="to" type="date" name="to" value={to} />
      </div>
      {lists.length === 0 && listId === undefined ? null : (
        <div>
          <label for="listId">List</label>
          <select id="listId" name="listId">
            <option value="">All lists</option>
            {listId === undefined || lists.some((list) => list.listId === listId) ? null : (
              <option value={listId} selected>
                The list in the address
              </option>
            )}
            {lists.map((list) => (
              <option key={list.listId} value={list.listId} selected={list.listId === listId}>
                {list.title === null ? "An empty list" : shortened(list.title)}
              </option>
            ))}
          </select>
        </div>
      )}
      <button type="submit">Show</button>
    </form>
  )
}

/** `live` is what `dashboard` made of the answers for this filter. */
export const analyticsPage = (assets: PageAssets, account: AccountState, { filter, lists }: Props, live: string) =>
  page(
    <Layout
      title="Analytics · Evenstar"
      assets={assets}
      account={account}
      status={<span id="connection" role="status" />}
      wide
    >
      <div class="asked">
        <Spans {...filter} />
        <FilterForm filter={filter} lists={lists} />
      </div>
      {filter.listId === undefined ? null : (
        <p class="quiet">
          This is one list alone. “Right now” and “Active lists” count all lists together, and are left out.{" "}
          <a href={`/analytics${searchOf({ from: filter.from ?? "", to: filter.to })}`}>See all lists</a>
        </p>
      )}
      <div id="feed" {...feed(`/analytics/feed${filter.search}`)} {...asItIs(live)} />
      <p class="quiet">Days and hours are in UTC.</p>
    </Layout>
  )
