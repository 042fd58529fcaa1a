// The dashboard's first lines: a few figures of all charts at a glance, and how far they reach.
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"
import { html } from "../render.ts"
import {
  busiestHours,
  completionFunnel,
  dailyCounts,
  eventRate,
  type Rows,
  type Source,
  timeToComplete
} from "./answerRows.ts"
import { busiest } from "./heat.tsx"
import { countText, durationText, hourText, percentText, weekdayText } from "./units.ts"

/** The answers that there are, by the names of their queries. */
export type Answers = ReadonlyMap<string, QueryResult>

const rowsIn = <Row,>(answers: Answers, { name, rowsOf }: Source<Row>) => {
  const answer = answers.get(name)
  return answer === undefined ? undefined : rowsOf(answer)
}

const sum = (rows: ReadonlyArray<{ readonly count: number }>) => rows.reduce((total, { count }) => total + count, 0)

/** The median of the days' medians, each as often as todos were completed on its day: near enough for a headline. */
const typical = (rows: Rows<typeof timeToComplete>) => {
  const half = sum(rows) / 2
  let passed = 0
  return rows
    .toSorted((a, b) => a.p50 - b.p50)
    .find(({ count }) => {
      passed += count
      return passed >= half
    })?.p50
}

const Item = ({ hint, name, value }: { readonly name: string; readonly value: string; readonly hint: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <strong>{value}</strong> <small>{hint}</small>
    </dd>
  </div>
)

const unknown = "–"

const Headline = ({ answers, sequence }: { readonly answers: Answers; readonly sequence: number | undefined }) => {
  const daily = rowsIn(answers, dailyCounts)
  const funnel = rowsIn(answers, completionFunnel)
  const times = rowsIn(answers, timeToComplete)
  const hours = rowsIn(answers, busiestHours)
  const rate = rowsIn(answers, eventRate)
  const stage = (name: string) => funnel?.find((row) => row.stage === name)?.count ?? 0
  const [added, completed] = [stage("added"), stage("completed")]
  const top = hours === undefined ? undefined : busiest(hours)
  const time = times === undefined ? undefined : typical(times)
  return (
    <section class="headline" id="headline" aria-label="At a glance">
      {daily?.length === 0 ? (
        <p class="nothing">
          Nothing has happened in these days. <a href="/">Make a list</a>, add a todo, and watch this page move.
        </p>
      ) : null}
      <dl>
        <Item name="Events" value={daily === undefined ? unknown : countText(sum(daily))} hint="in these days" />
        <Item name="Todos added" value={funnel === undefined ? unknown : countText(added)} hint="in these days" />
        <Item
          name="Completed"
          value={funnel === undefined ? unknown : percentText(completed, added)}
          hint={funnel === undefined ? "" : `${countText(completed)} of those`}
        />
        <Item name="Time to complete" value={time === undefined ? unknown : durationText(time)} hint="typically" />
        <Item
          name="Busiest hour"
          value={top === undefined ? unknown : `${weekdayText(top.weekday)} ${hourText(top.hour)}`}
          hint="UTC"
        />
        {rate === undefined ? null : (
          <Item name="Last minute" value={countText(sum(rate.slice(-60)))} hint="events of all lists" />
        )}
      </dl>
      {sequence === undefined || sequence === 0 ? null : (
        <p class="quiet">As of event {countText(sequence)} of the log.</p>
      )}
    </section>
  )
}

export const headlineHtml = (answers: Answers, sequence: number | undefined) =>
  html(<Headline answers={answers} sequence={sequence} />)
