// The dashboard's panels, each with a query, and what a feature adds to the dashboard. A result's HTML is made once, whoever looks
// at it.
import * as Either from "effect/Either"
import type { VNode } from "preact"
import type { AnyQuery, Question } from "../../../domain/AnalyticsQuery.ts"
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"
import { dayOf } from "../../analytics/days.ts"
import { html } from "../render.ts"
import { Chart, type Drawing, Figure } from "./chart.tsx"
import type { Days } from "./drawing.ts"
import type { Results, Source } from "./source.ts"

/** What there is to show for a question: its result, or why there is none. */
export type News = Either.Either<QueryResult, string>

export interface Panel {
  readonly query: AnyQuery
  readonly title: string
  readonly hint: string
  /** Nothing where there is nothing to show. */
  readonly body: (result: QueryResult, days: Days) => VNode | undefined
}

/** A figure of the headline. */
export interface HeadlineItem {
  readonly name: string
  /** Undefined as long as it is unknown. */
  readonly value: string | undefined
  readonly hint: string
}

/** A feature's part of the dashboard. */
export interface DashboardPart {
  readonly panels: ReadonlyArray<Panel>
  readonly headline?: (results: Results) => ReadonlyArray<HeadlineItem>
  /** Types of its events that have colours of their own, the first ones of the palette first. */
  readonly eventTypes?: ReadonlyArray<string>
  /** How to make something happen, for where nothing has. */
  readonly invitation?: VNode
}

/** A panel of whatever its rows are shown as. */
export const panel = <Row,>(
  { query, rowsOf }: Source<Row>,
  title: string,
  hint: string,
  show: (rows: ReadonlyArray<Row>, days: Days) => VNode | undefined
): Panel => ({ query, title, hint, body: (result, days) => show(rowsOf(result), days) })

/** A panel with a chart. */
export const chart = <Row,>(
  source: Source<Row>,
  title: string,
  hint: string,
  draw: (rows: ReadonlyArray<Row>, days: Days) => Drawing,
  isEmpty: (rows: ReadonlyArray<Row>) => boolean = (rows) => rows.length === 0
): Panel =>
  panel(source, title, hint, (rows, days) =>
    isEmpty(rows) ? undefined : <Chart drawing={draw(rows, days)} name={source.query.name} title={title} />
  )

/** A panel, and the question that it is to answer. */
export interface Asked {
  readonly panel: Panel
  readonly question: Question
}

const PanelFigure = ({
  news,
  panel: { body, hint, title },
  question: { name, params }
}: Asked & { readonly news: News }) => {
  const shown = Either.map(news, (result) =>
    body(result, {
      from: params["from"],
      to: params["to"],
      today: dayOf(result.computedAt)
    })
  )
  return (
    <Figure name={name} title={title} hint={hint}>
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

/** The figure's HTML; its id is the query's name. A result has all that it depends on. */
export const panelHtml = (asked: Asked, news: News): string => {
  const known = Either.isRight(news) ? rendered.get(news.right) : undefined
  if (known !== undefined) return known
  const made = html(<PanelFigure {...asked} news={news} />)
  if (Either.isRight(news)) rendered.set(news.right, made)
  return made
}
