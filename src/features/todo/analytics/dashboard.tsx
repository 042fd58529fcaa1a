// The todo feature's panels of the dashboard.
import { chart, type DashboardPart } from "../../../http/views/analytics/panels.tsx"
import { type Rows, rowsIn, source } from "../../../http/views/analytics/source.ts"
import { countText, durationText, percentText, sum } from "../../../http/views/analytics/units.ts"
import { drawActiveLists, drawFunnel, drawTimeToComplete } from "./drawings.ts"
import { activeLists, completionFunnel, timeToComplete } from "./queries.ts"

const funnel = source(completionFunnel)
const times = source(timeToComplete)
const active = source(activeLists)

const none = (rows: ReadonlyArray<{ readonly count: number }>) => rows.every(({ count }) => count === 0)

/** The median of the daily medians, weighted by completions: an approximation for the headline. */
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

export const dashboard: DashboardPart = {
  eventTypes: [
    "TodoAdded",
    "TodoCompleted",
    "TodoRenamed",
    "TodoReopened",
    "TodoDeleted",
    "ListCreated",
    "ListAccessChanged"
  ],
  panels: [
    chart(funnel, "From added to completed", "Of the todos that were added in these days", drawFunnel, none),
    chart(times, "Time to complete", "From adding a todo to completing it, by the day it was done", drawTimeToComplete),
    chart(active, "Active lists", "Lists on which something happened, of all lists", drawActiveLists)
  ],
  headline: (results) => {
    const stages = rowsIn(results, funnel)
    const stage = (name: string) => stages?.find((row) => row.stage === name)?.count ?? 0
    const [added, completed] = [stage("added"), stage("completed")]
    const time = typical(rowsIn(results, times) ?? [])
    return [
      { name: "Todos added", value: stages && countText(added), hint: "in these days" },
      {
        name: "Completed",
        value: stages && percentText(completed, added),
        hint: stages === undefined ? "" : `${countText(completed)} of those`
      },
      {
        name: "Time to complete",
        value: time === undefined ? undefined : durationText(time),
        hint: "typically"
      }
    ]
  },
  invitation: (
    <>
      <a href="/">Make a list</a>, add a todo, and watch this page move.
    </>
  )
}
