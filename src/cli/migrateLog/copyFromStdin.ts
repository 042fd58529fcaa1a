// COPY … FROM STDIN, the fastest way to load rows; `pg` has the protocol messages but no API for
// it. Compared with psql's \copy in docs/operations.md.
import * as Effect from "effect/Effect"
import type Pg from "pg"
import type { Row, Table, Value } from "./tables.ts"

/** The connection methods that `pg` calls a query's `handleCopyInResponse` with. */
interface CopyConnection {
  readonly sendCopyFromChunk: (chunk: Buffer) => void
  readonly endCopyFrom: () => void
}

class CopyIn implements Pg.Submittable {
  constructor(
    private readonly statement: string,
    private readonly data: Buffer,
    private readonly done: (error?: Error) => void
  ) {}

  submit(connection: Pg.Connection) {
    connection.query(this.statement)
  }
  handleCopyInResponse(connection: CopyConnection) {
    connection.sendCopyFromChunk(this.data)
    connection.endCopyFrom()
  }
  handleError(error: Error) {
    this.done(error)
  }
  handleReadyForQuery() {
    this.done()
  }
  handleCommandComplete() {}
}

const special = /[\\\n\r\t]/
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }
const escaped = (text: string) =>
  special.test(text) ? text.replace(/[\\\n\r\t]/g, (char) => escapes[char] ?? char) : text

const field = (value: Value) => {
  if (value === null) return "\\N"
  if (typeof value === "string") return escaped(value)
  return typeof value === "number" ? String(value) : `\\\\x${Buffer.from(value).toString("hex")}`
}

const lines = (rows: ReadonlyArray<Row>) => {
  let text = ""
  for (const row of rows) text += `${row.map(field).join("\t")}\n`
  return Buffer.from(text)
}

export const copyFromStdin = (client: Pg.Client, { columns, name }: Table, rows: ReadonlyArray<Row>) =>
  Effect.async<void, Error>((resume) => {
    const statement = `COPY ${name} (${columns.map((column) => column.name).join(", ")}) FROM STDIN`
    client.query(
      new CopyIn(statement, lines(rows), (error) => resume(error === undefined ? Effect.void : Effect.fail(error)))
    )
  })
