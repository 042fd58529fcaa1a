// Charts of the todo queries: columns, cells and a label for screen readers.
import type { Drawing } from "../../../http/views/analytics/chart.tsx"
import { between, count, type Days, day, drawDays, duration, rangeOf } from "../../../http/views/analytics/drawing.ts"
import type { Rows } from "../../../http/views/analytics/source.ts"
import { countText, dayText, durationText, percentText, some } from "../../../http/views/analytics/units.ts"
import { type activeLists, type completionFunnel, stages, type timeToComplete } from "./queries.ts"

const stageTexts: Record<(typeof stages)[number], string> = {
  added: "Added",
  completed: "Completed",
  completed_within_a_day: "Within a day",
  completed_within_an_hour: "Within an hour"
}

export const drawFunnel = (rows: Rows<typeof completionFunnel>): Drawing => {
  const counts = stages.map((stage) => rows.find((row) => row.stage === stage)?.count ?? 0)
  const [added = 0, completed = 0, soon = 0, atOnce = 0] = counts
  return {
    kind: "bars",
    x: "name",
    y: "count",
    label: `Of ${some(added, "todo")} that were added, ${countText(completed)} were completed (${percentText(completed, added)}), ${countText(soon)} of them within a day and ${countText(atOnce)} within an hour.`,
    head: "Stage",
    columns: [
      { title: "Todos", series: 1 },
      { title: "Of those added", series: 0 }
    ],
    rows: stages.map((stage, index) => {
      const value = counts[index] ?? 0
      const share = added === 0 ? 0 : value / added
      return {
        key: { value: stageTexts[stage], text: stageTexts[stage] },
        cells: [count(value), { value: share, text: percentText(value, added) }]
      }
    })
  }
}

export const drawTimeToComplete = (rows: Rows<typeof timeToComplete>, days: Days): Drawing => {
  const range = rangeOf(rows, days)
  const last = rows.at(-1)
  return {
    kind: "lines",
    x: "day",
    y: "duration",
    label: `Time from adding a todo to completing it, for each day ${between(range)}${
      last === undefined
        ? ""
        : `; on ${dayText(last.day)} half took less than ${durationText(last.p50)}, nine of ten less than ${durationText(last.p90)}`
    }.`,
    range,
    head: "Day",
    columns: [
      { title: "Half (p50)", series: 2 },
      { title: "9 of 10 (p90)", series: 3 },
      { title: "99 of 100 (p99)", series: 5 },
      { title: "Completed", series: 0 }
    ],
    rows: rows.map((row) => ({
      key: day(row.day),
      cells: [duration(row.p50), duration(row.p90), duration(row.p99), count(row.count)]
    }))
  }
}

export const drawActiveLists = (rows: Rows<typeof activeLists>, days: Days): Drawing =>
  drawDays({ what: "Lists on which something happened", title: "Active lists", series: 6 })(
    rows.map((row) => ({ day: row.day, count: row.lists })),
    days
  )
