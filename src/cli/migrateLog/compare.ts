// Whether two logs hold the same: both are read side by side, each row and each column, a page at a time.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BoundedMessages } from "../../lib/BoundedMessages.ts"
import type { Log, LogFailed } from "./Log.ts"
import { areSame, differing, keyOf, type Row, rowInWords, type Table } from "./tables.ts"

/** Rows and characters of one page, more or less: rows are as large as those before them. */
const most = 5000
const first = 500
const weight = 8_000_000

const weightOf = (rows: ReadonlyArray<Row>) => {
  let sum = 0
  for (const row of rows) for (const value of row) sum += typeof value === "string" ? value.length : 8
  return sum
}

/** The rows of a table behind a key, read one page ahead of whoever takes them. */
export const pages = (log: Log, table: Table, after?: Row, upTo?: Row): Stream.Stream<ReadonlyArray<Row>, LogFailed> =>
  Stream.paginateEffect({ after, limit: first }, ({ after, limit }) =>
    Effect.map(log.rows(table, { after, limit, upTo }), (rows) => {
      const last = rows.at(-1)
      const each = Math.max(1, weightOf(rows) / Math.max(1, rows.length))
      const next = {
        after: last === undefined ? undefined : keyOf(table, last),
        limit: Math.max(1, Math.min(most, Math.floor(weight / each)))
      }
      return [rows, rows.length < limit ? Option.none() : Option.some(next)] as const
    })
  ).pipe(
    Stream.filter((rows) => rows.length > 0),
    Stream.buffer({ capacity: 1 })
  )

/** What is not the same in pages that are to be so. */
const differencesOf = (table: Table, expected: ReadonlyArray<Row>, found: ReadonlyArray<Row>) => {
  if (expected.length === found.length && expected.every((row, index) => areSame(row, found[index] ?? []))) return []
  const rest = new Map(found.map((row) => [rowInWords(table, row), row]))
  const words = expected.flatMap((row) => {
    const name = rowInWords(table, row)
    const other = rest.get(name)
    rest.delete(name)
    if (other === undefined) return [`${name} is missing`]
    const columns = differing(table, row, other)
    return columns.length === 0 ? [] : [`${name} differs in ${columns.join(", ")}`]
  })
  return [...words, ...[...rest.keys()].map((name) => `${name} is not from the source`)]
}

/** Of a table behind a key and, if it is given, up to another one: in words, the first ones. `tell` is given how many rows were compared. */
export const differences = <E>(
  source: Log,
  target: Log,
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
        for (const words of differencesOf(table, rows, others)) found.add(words)
        last = key
        done += rows.length
        yield* tell(done)
      })
    )
    // More than are told.
    const extra = yield* target.rows(table, { after: last, upTo, limit: 100 })
    for (const words of differencesOf(table, [], extra)) found.add(words)
    return found.words
  })
