// Compares two logs row by row and column by column, reading both a page at a time.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BoundedMessages } from "../../lib/BoundedMessages.ts"
import type { LogFailed, MigrationLog } from "./MigrationLog.ts"
import { areRowsEqual, describeRow, differingColumns, keyOf, type Row, type Table } from "./tables.ts"

/**
 * Bounds of a page: most rows, rows of the first page, and characters (estimated from the last).
 */
const maxRows = 5000
const firstRows = 500
const maxChars = 8_000_000

const charsOf = (rows: ReadonlyArray<Row>) => {
  let sum = 0
  for (const row of rows) for (const value of row) sum += typeof value === "string" ? value.length : 8
  return sum
}

/** Pages of a table after a key; reads one page ahead of the consumer. */
export const pages = (
  log: MigrationLog,
  table: Table,
  after?: Row,
  upTo?: Row
): Stream.Stream<ReadonlyArray<Row>, LogFailed> =>
  Stream.paginateEffect({ after, limit: firstRows }, ({ after, limit }) =>
    Effect.map(log.rows(table, { after, limit, upTo }), (rows) => {
      const last = rows.at(-1)
      const each = Math.max(1, charsOf(rows) / Math.max(1, rows.length))
      const next = {
        after: last === undefined ? undefined : keyOf(table, last),
        limit: Math.max(1, Math.min(maxRows, Math.floor(maxChars / each)))
      }
      return [rows, rows.length < limit ? Option.none() : Option.some(next)] as const
    })
  ).pipe(
    Stream.filter((rows) => rows.length > 0),
    Stream.buffer({ capacity: 1 })
  )

/** Differences between two pages of the same range. */
const comparePages = (table: Table, expected: ReadonlyArray<Row>, found: ReadonlyArray<Row>) => {
  if (expected.length === found.length && expected.every((row, index) => areRowsEqual(row, found[index] ?? [])))
    return []
  const rest = new Map(found.map((row) => [describeRow(table, row), row]))
  const words = expected.flatMap((row) => {
    const name = describeRow(table, row)
    const other = rest.get(name)
    rest.delete(name)
    if (other === undefined) return [`${name} is missing`]
    const columns = differingColumns(table, row, other)
    return columns.length === 0 ? [] : [`${name} differs in ${columns.join(", ")}`]
  })
  return [...words, ...[...rest.keys()].map((name) => `${name} is not from the source`)]
}

/**
 * Compares a table's rows after a key and up to another, if given. Returns the first differences as
 * text; `tell` gets the number of rows compared.
 */
export const compareTable = <E>(
  source: MigrationLog,
  target: MigrationLog,
  table: Table,
  { after, upTo }: { readonly after?: Row; readonly upTo?: Row },
  tell: (rows: number) => Effect.Effect<void, E>
) =>
  Effect.gen(function* () {
    const found = new BoundedMessages()
    let last = after
    let done = 0
    yield* Stream.runForEach(pages(source, table, after, upTo), (rows) =>
      Effect.gen(function* () {
        const end = rows.at(-1)
        const key = end === undefined ? last : keyOf(table, end)
        const others = yield* target.rows(table, { after: last, upTo: key })
        for (const words of comparePages(table, rows, others)) found.add(words)
        last = key
        done += rows.length
        yield* tell(done)
      })
    )
    // The limit exceeds the number of differences that are printed.
    const extra = yield* target.rows(table, { after: last, upTo, limit: 100 })
    for (const words of comparePages(table, [], extra)) found.add(words)
    return found.words
  })
