// A session's data: in SQLite one JSON object, in PostgreSQL an object with each key's value as a JSON text. Between the two, and to be
// compared, it is the latter with its keys in order.
import * as Schema from "effect/Schema"
import type { Row, Table } from "./tables.ts"

const Texts = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.String }))
const decode = Schema.decodeUnknownSync(Texts)

/** Most sessions have none. */
const none = "{}"

const inOrder = (texts: string) => Object.entries(decode(texts)).sort(([one], [other]) => (one < other ? -1 : 1))

export const canonical = (texts: string) => (texts === none ? none : JSON.stringify(Object.fromEntries(inOrder(texts))))

/** In SQLite: what `canonical` is made of. Each value keeps its text, which only a JSON function is told that it is none by. */
export const textsInSqlite = `CASE data WHEN '${none}' THEN data ELSE
  (SELECT json_group_object(entry.key, '' || (data -> entry.fullkey)) FROM json_each(data) AS entry) END`

export const toSqlite = (texts: string) =>
  texts === none
    ? none
    : `{${inOrder(texts)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(",")}}`

/** The same rows, with the data of a session in another form. */
export const ofRows = (form: (texts: string) => string, { columns }: Table, rows: ReadonlyArray<Row>) => {
  const place = columns.findIndex(({ kind }) => kind === "data")
  if (place < 0) return rows
  return rows.map((row): Row => row.map((value, index) => (index === place ? form(String(value)) : value)))
}
