// Events of the last five minutes, as an area.
import type { StackQueries } from "../../../layers/analytics/stackQueries.ts"
import type { Drawing } from "./chart.tsx"
import { count, grouped, maxBy } from "./drawing.ts"
import type { Rows } from "./source.ts"
import { countText, durationText } from "./units.ts"

/** Seconds that are summed up for one row. */
const step = 5
const shownSteps = 60

/**
 * Steps begin at multiples of `step`, so counts don't change while they move; the last is partial.
 */
export const drawEventRate = (rows: Rows<StackQueries["eventRate"]>): Drawing => {
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
