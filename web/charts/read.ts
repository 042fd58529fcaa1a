// Reads a chart's data from its table.

export interface Series {
  readonly title: string
  /** Index in the palette; undefined for columns that are not drawn. */
  readonly color: string | undefined
  readonly values: ReadonlyArray<number | null>
  /** The cells' texts. */
  readonly texts: ReadonlyArray<string>
}

export interface Numbers {
  readonly kind: string
  /** The first column's unit: days, negative seconds from now, or names. */
  readonly x: string
  readonly y: string
  /** Days since 1970, seconds, or the index of a name. */
  readonly xs: ReadonlyArray<number>
  readonly names: ReadonlyArray<string>
  readonly series: ReadonlyArray<Series>
  /** The range of the horizontal axis. */
  readonly from: number
  readonly to: number
}

/** Longer ranges omit days without rows. */
const maxDays = 4000

const dayMillis = 86_400_000
const dayNumber = (day: string) => Date.parse(day) / dayMillis
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" })
export const dayText = (day: number) => dayFormat.format(day * dayMillis)

const valueOf = (cell: HTMLElement | undefined) => cell?.dataset.value ?? cell?.textContent ?? ""
const cellsOf = (row: HTMLTableRowElement | undefined) => (row === undefined ? [] : [...row.cells])

/** All days of the axis, including those without a row. */
const everyDay = (rows: ReadonlyMap<number, HTMLTableRowElement>, from: number, to: number) =>
  to - from > maxDays ? [...rows.keys()] : Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** `chart` has the drawing options as data attributes, `table` the numbers. */
export const readNumbers = (chart: HTMLElement, table: HTMLTableElement): Numbers => {
  const { from = "", kind = "", to = "", x = "", y = "" } = chart.dataset
  const body = [...(table.tBodies[0]?.rows ?? [])]
  const isDays = x === "day"
  const keyOf = (row: HTMLTableRowElement, index: number) => {
    const key = valueOf(row.cells[0])
    return isDays ? dayNumber(key) : x === "name" ? index : Number(key)
  }
  const rows = new Map(body.map((row, index) => [keyOf(row, index), row] as const))
  const present = [...rows.keys()].sort((a, b) => a - b)
  const isFilled = isDays && kind !== "lines"
  const xs = isFilled ? everyDay(rows, dayNumber(from), dayNumber(to)) : present
  const cellAt = (at: number, column: number) => rows.get(at)?.cells[column]
  const nameAt = (at: number) => cellAt(at, 0)?.textContent ?? dayText(at)
  const heads = cellsOf(table.tHead?.rows[0]).slice(1)
  return {
    kind,
    x,
    y,
    xs,
    names: xs.map(nameAt),
    series: heads.map((head, index) => ({
      title: head.textContent ?? "",
      color: head.dataset.series,
      values: xs.map((at) => {
        const cell = cellAt(at, index + 1)
        if (cell === undefined) return 0
        const value = valueOf(cell)
        return value === "" ? null : Number(value)
      }),
      texts: xs.map((at) => cellAt(at, index + 1)?.textContent ?? "0")
    })),
    from: isDays ? dayNumber(from) - 0.5 : x === "name" ? -0.5 : (present[0] ?? 0),
    to: isDays ? dayNumber(to) + 0.5 : x === "name" ? present.length - 0.5 : (present.at(-1) ?? 0)
  }
}
