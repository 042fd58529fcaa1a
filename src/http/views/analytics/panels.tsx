// The dashboard's panels, each with a query, and a feature's contribution. A result's HTML is
// rendered once for all clients.
import * as Either from "effect/Either"
import type { VNode } from "preact"
import type { AnyQuery, Question } from "../../../domain/AnalyticsQuery.ts"
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"
import { dayOf } from "../../analytics/days.ts"
import { html } from "../render.ts"
import { Chart, type Drawing, Figure } from "./chart.tsx"
import type { Days } from "./drawing.ts"
import type { Results, Source } from "./source.ts"

/** A question's result, or the reason for its failure. */
export type News = Either.Either<QueryResult, string>

export interface Panel {
  readonly query: AnyQuery
  readonly title: string
  readonly hint: string
  /** Undefined if there is nothing to show. */
  readonly body: (result: QueryResult, days: Days) => VNode | undefined
}

/** A figure of the headline. */
export interface HeadlineItem {
  readonly name: string
  /** Undefined while unknown. */
  readonly value: string | undefined
  readonly hint: string
}

/** A feature's contribution to the dashboard. */
export interface DashboardPart {
  readonly panels: ReadonlyArray<Panel>
  readonly headline?: (results: Results) => ReadonlyArray<HeadlineItem>
  /** Event types with a fixed colour, in the order of the palette. */
  readonly eventTypes?: ReadonlyArray<string>
  /** Shown while there are no events: how to create some. */
  readonly invitation?: VNode
}

/** Makes a panel with any view of its rows. */
export const panel = <Row,>(
  { query, rowsOf }: Source<Row>,
  title: string,
  hint: string,
  show: (rows: ReadonlyArray<Row>, days: Days) => VNode | undefined
): Panel => ({ query, title, hint, body: (result, days) => show(rowsOf(result), days) })

/** Makes a panel with a chart. */
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

/** A panel and its question. */
export interface PanelRequest {
  readonly panel: Panel
  readonly question: Question
}

const PanelFigure = ({
  news,
  panel: { body, hint, title },
  question: { name, params }
}: PanelRequest & { readonly news: News }) => {
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

/** The figure's HTML, whose id is the query's name. Cached by result, on which alone it depends. */
export const panelHtml = (asked: PanelRequest, news: News): string => {
  const known = Either.isRight(news) ? rendered.get(news.right) : undefined
  if (known !== undefined) return known
  const made = html(<PanelFigure {...asked} news={news} />)
  if (Either.isRight(news)) rendered.set(news.right, made)
  return made
}
