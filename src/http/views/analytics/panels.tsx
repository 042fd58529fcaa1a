// The dashboard's live part: a figure for each question, and the figures of all at a glance. An answer's HTML is made once, whoever
// looks at it.
import * as Either from "effect/Either"
import type { VNode } from "preact"
import type { Question } from "../../../domain/AnalyticsQuery.ts"
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"
import { dayOf } from "../../analytics/analyticsFilter.ts"
import { html } from "../render.ts"
import {
  activeLists,
  busiestHours,
  completionFunnel,
  dailyCounts,
  eventRate,
  type Source,
  timeToComplete
} from "./answerRows.ts"
import { Chart, type Drawing, Figure } from "./chart.tsx"
import { drawDailyCounts } from "./drawDailyCounts.ts"
import type { Days } from "./drawing.ts"
import { drawActiveLists, drawEventRate, drawFunnel, drawTimeToComplete } from "./drawings.ts"
import { Heat } from "./heat.tsx"

/** What there is to show for a question: its answer, or why there is none. */
export type News = Either.Either<QueryResult, string>

interface View {
  readonly name: string
  readonly title: string
  readonly hint: string
  /** Nothing where there is nothing to show. */
  readonly body: (answer: QueryResult, days: Days) => VNode | undefined
}

const panel = <Row,>(
  { name, rowsOf }: Source<Row>,
  title: string,
  hint: string,
  show: (rows: ReadonlyArray<Row>, days: Days) => VNode | undefined
): View => ({ name, title, hint, body: (answer, days) => show(rowsOf(answer), days) })

const chart = <Row,>(
  query: Source<Row>,
  title: string,
  hint: string,
  draw: (rows: ReadonlyArray<Row>, days: Days) => Drawing,
  isEmpty: (rows: ReadonlyArray<Row>) => boolean = (rows) => rows.length === 0
) =>
  panel(query, title, hint, (rows, days) =>
    isEmpty(rows) ? undefined : <Chart drawing={draw(rows, days)} name={query.name} title={title} />
  )

const none = (rows: ReadonlyArray<{ readonly count: number }>) => rows.every(({ count }) => count === 0)

const views = [
  chart(dailyCounts, "Events by day", "What happened, by the type of the event", drawDailyCounts),
  chart(eventRate, "Right now", "Events of all lists in the last five minutes", drawEventRate),
  chart(completionFunnel, "From added to completed", "Of the todos that were added in these days", drawFunnel, none),
  chart(
    timeToComplete,
    "Time to complete",
    "From adding a todo to completing it, by the day it was done",
    drawTimeToComplete
  ),
  chart(activeLists, "Active lists", "Lists on which something happened, of all lists", drawActiveLists),
  panel(busiestHours, "Busiest hours", "Events by weekday and hour, UTC", (rows) =>
    rows.length === 0 ? undefined : <Heat rows={rows} />
  )
]

const Panel = ({
  news,
  question: { name, params },
  view
}: {
  readonly news: News
  readonly question: Question
  readonly view: View
}) => {
  const shown = Either.map(news, (answer) =>
    view.body(answer, {
      from: params["from"],
      to: params["to"],
      today: dayOf(answer.computedAt)
    })
  )
  return (
    <Figure name={name} title={view.title} hint={view.hint}>
      {Either.match(shown, {
        onLeft: (reason) => (
          <p class="note" role="status">
            {reason}
          </p>
        ),
        onRight: (body) => body ?? <p class="nothing">Nothing in these days.</p>
      })}
    </Figure>
  )
}

const rendered = new WeakMap<QueryResult, string>()

/** The figure's HTML; its id is the query's name. An answer has all that it depends on. */
export const panelHtml = (question: Question, news: News): string => {
  const known = Either.isRight(news) ? rendered.get(news.right) : undefined
  if (known !== undefined) return known
  const view = views.find(({ name }) => name === question.name)
  const made = view === undefined ? "" : html(<Panel news={news} question={question} view={view} />)
  if (Either.isRight(news)) rendered.set(news.right, made)
  return made
}
