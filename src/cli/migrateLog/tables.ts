// The tables that can't be derived from anything else, as rows independent of the database's kind.
// Left out: rows derived from the log, and the nodes' own state.
export type Value = string | number | Uint8Array | null
/** Values in the order of the table's columns. */
export type Row = ReadonlyArray<Value>

type Kind = "bigint" | "integer" | "uuid" | "text" | "json" | "bytea" | "data"

export interface Column {
  readonly name: string
  /** The PostgreSQL type, which is stricter than SQLite's. */
  readonly kind: Kind
}

export interface Table {
  readonly name: string
  readonly columns: ReadonlyArray<Column>
  /** The number of leading columns that form the primary key. */
  readonly keys: number
}

const table = (name: string, keys: number, columns: Readonly<Record<string, Kind>>): Table => ({
  name,
  keys,
  columns: Object.entries(columns).map(([name, kind]) => ({ name, kind }))
})

/** The columns of EventRows.ts, then `command_id`. */
export const events = table("events", 1, {
  sequence: "bigint",
  event_id: "uuid",
  aggregate_type: "text",
  aggregate_id: "text",
  version: "integer",
  event_type: "text",
  schema_version: "integer",
  payload: "json",
  metadata: "json",
  occurred_at: "text",
  command_id: "text"
})

/** Mutable tables, ordered so that referenced rows come first. */
export const mutableTables = [
  table("users", 1, { user_id: "text", created_at: "bigint" }),
  table("user_visitors", 1, { visitor_id: "text", user_id: "text" }),
  table("credentials", 1, {
    credential_id: "text",
    user_id: "text",
    public_key: "bytea",
    counter: "bigint",
    transports: "json",
    device: "text",
    created_at: "bigint",
    last_used: "bigint"
  }),
  table("sessions", 1, {
    id_hash: "bytea",
    handle: "text",
    visitor_id: "text",
    user_id: "text",
    device: "text",
    data: "data",
    created_at: "bigint",
    signed_in_at: "bigint",
    last_accessed: "bigint",
    expires_at: "bigint"
  }),
  table("answers", 2, {
    scope: "text",
    key: "text",
    fingerprint: "text",
    sequence: "bigint",
    version: "integer",
    detail: "json",
    answered_at: "bigint"
  })
]

/** A database in which all of these are empty has not been used. */
export const usageTables = [events, ...mutableTables.filter(({ name }) => name === "users" || name === "sessions")]

export const keyOf = ({ keys }: Table, row: Row): Row => row.slice(0, keys)

const areValuesEqual = (one: Value | undefined, other: Value | undefined) =>
  one === other || (one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0)

export const areRowsEqual = (one: Row, other: Row) => one.every((value, index) => areValuesEqual(value, other[index]))

/** The names of the columns in which two rows differ. */
export const differingColumns = ({ columns }: Table, one: Row, other: Row) =>
  columns.filter((_, index) => !areValuesEqual(one[index], other[index])).map(({ name }) => name)

const describeValue = (value: Value) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value)
export const describeRow = (of: Table, row: Row) => {
  const key = keyOf(of, row).map(describeValue).join(", ")
  return of === events ? `Event ${key}` : `The row ${key} of ${of.name}`
}

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "number" || value === null || value instanceof Uint8Array
const isRow = (row: unknown): row is Row => Array.isArray(row) && row.every(isValue)

/** Throws on an invalid row: a defect. Checked by hand for speed, as in EventRows.ts. */
export const decodeRows = (rows: ReadonlyArray<unknown>): ReadonlyArray<Row> =>
  rows.map((row) => {
    if (!isRow(row)) throw new TypeError("A row has a value of an unexpected type")
    return row
  })
