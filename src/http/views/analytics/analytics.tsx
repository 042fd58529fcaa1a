// The dashboard page: the filter from the URL, and the live part that the feed updates by panel.
import { type AnalyticsFilter, searchOf } from "../../analytics/analyticsFilter.ts"
import { daysBefore } from "../../analytics/days.ts"
import { type Subject, type SubjectOption, subjectParams } from "../../analytics/Subjects.ts"
import { feed, rawHtml } from "../feed.ts"
import { type AccountState, Layout, type PageAssets } from "../layout.tsx"
import { page } from "../render.ts"
import { enumeration } from "./units.ts"

/** The HTML inside the feed's element. */
export const dashboard = (headline: string, panels: ReadonlyArray<string>) =>
  `${headline}<div class="dashboard" id="dashboard">${panels.join("")}</div>`

const spans: ReadonlyArray<readonly [text: string, days: number | undefined]> = [
  ["7 days", 7],
  ["30 days", 30],
  ["90 days", 90],
  ["All", undefined]
]

const Spans = ({ asked, from, to, today }: AnalyticsFilter) => (
  <nav class="filters" aria-label="Days">
    {spans.map(([text, days]) => {
      const first = days === undefined ? undefined : daysBefore(today, days - 1)
      return (
        <a
          key={text}
          href={`/analytics${searchOf({ from: first ?? "", ...subjectParams(asked) })}`}
          aria-current={to === undefined && from === first ? "page" : undefined}
        >
          {text}
        </a>
      )
    })}
  </nav>
)

/** Characters of a title in an option, which bounds the page's size. */
const optionLength = 40
const shortened = (title: string) => {
  const characters = [...title]
  return characters.length > optionLength ? `${characters.slice(0, optionLength - 1).join("")}…` : title
}

/** A select of the form: the actor's own aggregates, and the chosen one. */
interface Choice {
  readonly subject: Subject
  readonly options: ReadonlyArray<SubjectOption>
  readonly chosen: string | undefined
}

const Choose = ({ chosen, options, subject: { all, label, param, unlisted, untitled } }: Choice) =>
  options.length === 0 && chosen === undefined ? null : (
    <div>
      <label for={param}>{label}</label>
      <select id={param} name={param}>
        <option value="">{all}</option>
        {chosen === undefined || options.some(({ id }) => id === chosen) ? null : (
          <option value={chosen} selected>
            {unlisted}
          </option>
        )}
        {options.map(({ id, title }) => (
          <option key={id} value={id} selected={id === chosen}>
            {title === null ? untitled : shortened(title)}
          </option>
        ))}
      </select>
    </div>
  )

interface Props {
  readonly filter: AnalyticsFilter
  readonly choices: ReadonlyArray<Choice>
}

const FilterForm = ({ choices, filter: { from, to } }: Props) => (
  <form class="range" method="get" action="/analytics">
    <div>
      <label for="from">From</label>
      <input id="from" type="date" name="from" value={from} />
    </div>
    <div>
      <label for="to">To</label>
      <input id="to" type="date" name="to" value={to} />
    </div>
    {choices.map((choice) => (
      <Choose key={choice.subject.param} {...choice} />
    ))}
    <button type="submit">Show</button>
  </form>
)

const Alone = ({ asked, from, leftOut, to }: AnalyticsFilter) =>
  asked === undefined ? null : (
    <p class="quiet">
      {asked.subject.alone}{" "}
      {leftOut.length === 0
        ? ""
        : `${enumeration(leftOut.map(({ title }) => `“${title}”`))} can't be about one alone, and are left out. `}
      <a href={`/analytics${searchOf({ from: from ?? "", to })}`}>See {asked.subject.all.toLowerCase()}</a>
    </p>
  )

/** `live` is the result of `dashboard` for this filter. */
export const analyticsPage = (assets: PageAssets, account: AccountState, props: Props, live: string) =>
  page(
    <Layout
      title={`Analytics · ${assets.site}`}
      description={`What happens at ${assets.site}, in numbers and charts that are live.`}
      assets={assets}
      account={account}
      status={<span id="connection" role="status" />}
      wide
    >
      <div class="asked">
        <Spans {...props.filter} />
        <FilterForm {...props} />
      </div>
      <Alone {...props.filter} />
      <div id="feed" {...feed(`/analytics/feed${props.filter.search}`)} {...rawHtml(live)} />
      <p class="quiet">Days and hours are in UTC.</p>
    </Layout>
  )
