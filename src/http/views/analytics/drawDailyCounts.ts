// Events by day, as bars stacked by event type.
import type { StackQueries } from "../../../layers/analytics/stackQueries.ts"
import type { Column, Drawing } from "./chart.tsx"
import { between, count, type Days, day, grouped, maxBy, rangeOf } from "./drawing.ts"
import type { Rows } from "./source.ts"
import { countText, dayText, eventTypeText } from "./units.ts"

/** Colours of the palette, and the number of them reserved for types not in `order`. */
const palette = 10
const shared = 3

/**
 * Types in `order` keep their colours whatever else is shown; all others share the reserved ones.
 */
export const drawDailyCounts = (
  rows: Rows<StackQueries["dailyCounts"]>,
  days: Days,
  order: ReadonlyArray<string>
): Drawing => {
  const known = order.slice(0, palette - shared)
  const types = new Set(rows.map(({ eventType }) => eventType))
  const strange = [...types].filter((type) => !known.includes(type)).sort()
  const shown = [...known.filter((type) => types.has(type)), ...strange]
  const columns = shown.map((type): Column => {
    const series = known.includes(type)
      ? known.indexOf(type)
      : known.length + (strange.indexOf(type) % (palette - known.length))
    return { title: eventTypeText(type), series: series + 1 }
  })
  const byDay = grouped(rows, (row) => row.day)
  const table = [...byDay].map(([date, ofDay]) => {
    const counts = new Map(ofDay.map((row) => [row.eventType, row.count]))
    return { key: day(date), cells: shown.map((type) => count(counts.get(type) ?? 0)) }
  })
  const totals = [...byDay].map(([date, ofDay]) => ({ date, total: ofDay.reduce((sum, row) => sum + row.count, 0) }))
  const all = totals.reduce((sum, { total }) => sum + total, 0)
  const most = maxBy(totals, ({ total }) => total)
  const range = rangeOf(rows, days)
  return {
    kind: "stack",
    x: "day",
    y: "count",
    label: `Events of each day ${between(range)}, by type: ${countText(all)} in all${
      most === undefined ? "" : `, the most on ${dayText(most.date)}, ${countText(most.total)}`
    }.`,
    range,
    head: "Day",
    columns,
    rows: table
  }
}
