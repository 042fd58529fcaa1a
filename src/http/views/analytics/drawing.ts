// Helpers for drawings: cells, day ranges, groups and maxima.
import type { Cell, Drawing } from "./chart.tsx"
import { countText, dayText, durationText } from "./units.ts"

/** The requested days; the axis ends today, or at the last day with rows. */
export interface Days {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly today: string
}

export const count = (value: number): Cell => ({ value, text: countText(value) })
export const day = (value: string): Cell => ({ value, text: dayText(value) })
export const duration = (value: number): Cell => ({ value, text: durationText(value) })

export const rangeOf = (rows: ReadonlyArray<{ readonly day: string }>, { from, to, today }: Days): [string, string] => {
  const first = rows[0]?.day ?? today
  const end = to === undefined || to > today ? today : to
  // With clock skew the log may have a day that has not begun here.
  return [from ?? first, [end, rows.at(-1)?.day ?? end].sort()[1] ?? end]
}
export const between = ([from, to]: readonly [string, string]) => `from ${dayText(from)} to ${dayText(to)}`

/** Groups by key, in the order of first occurrence. */
export const grouped = <A, Key>(items: ReadonlyArray<A>, keyOf: (item: A) => Key): Map<Key, ReadonlyArray<A>> => {
  const groups = new Map<Key, Array<A>>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

export const maxBy = <A>(items: ReadonlyArray<A>, size: (item: A) => number): A | undefined =>
  items.reduce<A | undefined>((best, item) => (best === undefined || size(item) > size(best) ? item : best), undefined)

interface DaysDrawing {
  /** The noun at the start of the label: "Votes". */
  readonly what: string
  /** Title of the column. */
  readonly title: string
  readonly series: number
}

/** Draws one count for each day, as bars. */
export const drawDays =
  ({ series, title, what }: DaysDrawing) =>
  (rows: ReadonlyArray<{ readonly day: string; readonly count: number }>, days: Days): Drawing => {
    const range = rangeOf(rows, days)
    const most = maxBy(rows, (row) => row.count)
    return {
      kind: "stack",
      x: "day",
      y: "count",
      label: `${what}, for each day ${between(range)}${
        most === undefined ? "" : `; the most on ${dayText(most.day)}, ${countText(most.count)}`
      }.`,
      range,
      head: "Day",
      columns: [{ title, series }],
      rows: rows.map((row) => ({ key: day(row.day), cells: [count(row.count)] }))
    }
  }
