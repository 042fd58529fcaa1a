// What each query's rows look like as a chart: columns, cells, and a sentence that says what can be seen.
import { stages } from "../../../layers/analytics/queries.ts"
import type { activeLists, completionFunnel, eventRate, Rows, timeToComplete } from "./answerRows.ts"
import type { Drawing } from "./chart.tsx"
import { between, count, type Days, day, duration, grouped, maxBy, rangeOf } from "./drawing.ts"
import { countText, dayText, durationText, percentText, some } from "./units.ts"

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

export const drawActiveLists = (rows: Rows<typeof activeLists>, days: Days): Drawing => {
  const range = rangeOf(rows, days)
  const most = maxBy(rows, ({ lists }) => lists)
  return {
    kind: "stack",
    x: "day",
    y: "count",
    label: `Lists on which something happened, for each day ${between(range)}${
      most === undefined ? "" : `; the most on ${dayText(most.day)}, ${countText(most.lists)}`
    }.`,
    range,
    head: "Day",
    columns: [{ title: "Active lists", series: 6 }],
    rows: rows.map(({ day: date, lists }) => ({ key: day(date), cells: [count(lists)] }))
  }
}

/** Seconds that are counted together: what nobody sees apart needs no row. */
const step = 5
const shownSteps = 60

/** Steps begin at whole multiples, so that a count stays what it is while it moves back; the last one is not over yet. */
export const drawEventRate = (rows: Rows<typeof eventRate>): Drawing => {
  const steps = grouped(rows, ({ second }) => Math.floor(Date.parse(second) / (step * 1000)))
  const newest = Math.max(...steps.keys())
  const table = [...steps].slice(-shownSteps).map(([at, seconds]) => {
    const ago = (newest - at) * step
    return { ago, events: seconds.reduce((sum, row) => sum + row.count, 0) }
  })
  const all = table.reduce((sum, { events }) => sum + events, 0)
  return {
    kind: "area",
    x: "ago",
    y: "count",
    label: `Events in the last five minutes: ${countText(all)} in all, ${countText(maxBy(table, (it) => it.events)?.events ?? 0)} in the busiest ${step} seconds.`,
    head: "When",
    columns: [{ title: `Events in ${step} seconds`, series: 4 }],
    rows: table
      .map(({ ago, events }) => ({
        key: { value: -ago, text: ago === 0 ? "now" : `${durationText(ago)} ago` },
        cells: [count(events)]
      }))
      .reverse()
  }
}
