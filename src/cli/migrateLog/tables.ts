// What a log's database holds that nothing else can be made into, as rows that are the same whichever database they are read from. What
// is derived from the log, and what nodes tell each other while they run, is not here.
export type Value = string | number | Uint8Array | null
/** In the order of the table's columns. */
export type Row = ReadonlyArray<Value>

type Kind = "bigint" | "integer" | "uuid" | "text" | "json" | "bytea" | "data"

export interface Column {
  readonly name: string
  /** As PostgreSQL has it, where it is stricter than SQLite. */
  readonly kind: Kind
}

export interface Table {
  readonly name: string
  readonly columns: ReadonlyArray<Column>
  /** So many columns, the first ones, tell one row from another. */
  readonly keys: number
}

const table = (name: string, keys: number, columns: Readonly<Record<string, Kind>>): Table => ({
  name,
  keys,
  columns: Object.entries(columns).map(([name, kind]) => ({ name, kind }))
})

/** The columns of EventRows.ts, and `command_id` behind them. */
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

/** What changes beside the log, in an order in which each row finds those that it refers to. */
export const others = [
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

/** What a database without any of them has been used for nothing. */
export const ofUse = [events, ...others.filter(({ name }) => name === "users" || name === "sessions")]

export const keyOf = ({ keys }: Table, row: Row): Row => row.slice(0, keys)

const isSame = (one: Value | undefined, other: Value | undefined) =>
  one === other || (one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0)

export const areSame = (one: Row, other: Row) => one.every((value, index) => isSame(value, other[index]))

/** The names of the columns in which two rows differ. */
export const differing = ({ columns }: Table, one: Row, other: Row) =>
  columns.filter((_, index) => !isSame(one[index], other[index])).map(({ name }) => name)

const inWords = (value: Value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value))
export const rowInWords = (of: Table, row: Row) => {
  const key = keyOf(of, row).map(inWords).join(", ")
  return of === events ? `Event ${key}` : `The row ${key} of ${of.name}`
}

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "number" || value === null || value instanceof Uint8Array
const isRow = (row: unknown): row is Row => Array.isArray(row) && row.every(isValue)

/** Throws where a row is none of ours: a defect, not a state of the world. By hand, as in EventRows.ts. */
export const asRows = (rows: ReadonlyArray<unknown>): ReadonlyArray<Row> =>
  rows.map((row) => {
    if (!isRow(row)) throw new TypeError("A row that we can't have written")
    return row
  })
