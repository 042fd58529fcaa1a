// A session's data: one JSON object in SQLite; in PostgreSQL an object whose values are JSON texts.
// Copied and compared in the latter form, with sorted keys.
import * as Schema from "effect/Schema"
import type { Row, Table } from "./tables.ts"

const Texts = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.String }))
const decode = Schema.decodeUnknownSync(Texts)

/** The usual value, handled without parsing. */
const emptyData = "{}"

const inOrder = (texts: string) => Object.entries(decode(texts)).sort(([one], [other]) => (one < other ? -1 : 1))

export const canonical = (texts: string) =>
  texts === emptyData ? emptyData : JSON.stringify(Object.fromEntries(inOrder(texts)))

/**
 * SQL that yields the PostgreSQL form; `'' ||` keeps json_group_object from embedding JSON values.
 */
export const textsInSqlite = `CASE data WHEN '${emptyData}' THEN data ELSE
  (SELECT json_group_object(entry.key, '' || (data -> entry.fullkey)) FROM json_each(data) AS entry) END`

export const toSqlite = (texts: string) =>
  texts === emptyData
    ? emptyData
    : `{${inOrder(texts)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(",")}}`

/** The same rows, with the session data column converted by `form`. */
export const mapSessionData = (form: (texts: string) => string, { columns }: Table, rows: ReadonlyArray<Row>) => {
  const place = columns.findIndex(({ kind }) => kind === "data")
  if (place < 0) return rows
  return rows.map((row): Row => row.map((value, index) => (index === place ? form(String(value)) : value)))
}
