// Formats a result as a text table; numbers are right-aligned.

const cell = (value: unknown) =>
  (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)).replace(
    /\p{Cc}/gu,
    " "
  )

/** The first `most` rows, and the number of all rows. */
export const formatTable = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<unknown>>,
  most: number
): string => {
  const shown = rows.slice(0, most).map((row) => row.map(cell))
  const isNumber = columns.map(
    (_, index) => shown.length > 0 && shown.every((row) => /^(-?[\d.]+)?$/.test(row[index] ?? ""))
  )
  const widths = columns.map((name, index) => Math.max(name.length, ...shown.map((row) => row[index]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    cells
      .map((text, index) => (isNumber[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd()
  const count = `${rows.length} ${rows.length === 1 ? "row" : "rows"}${rows.length > most ? `, the first ${most} shown` : ""}`
  return `${[line(columns), line(widths.map((width) => "-".repeat(width))), ...shown.map(line), count].join("\n")}\n`
}
