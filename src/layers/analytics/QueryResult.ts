// A query result, encoded once as response bytes.
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import type { ComputedRows } from "./Analytics.ts"

interface Computation {
  /** Start of the computation: wall clock (milliseconds since 1970), and monotonic for its age. */
  readonly computedAt: number
  readonly begunAt: number
  /** Duration in milliseconds. */
  readonly millis: number
}

export interface QueryResult extends Computation {
  /** `{"query", "params", "sequence", "rows"}` as JSON. */
  readonly body: Buffer
  /** A strong ETag, quoted. */
  readonly etag: string
  /** Log position of the rows. */
  readonly sequence: Sequence
}

export const encodeQueryResult = (
  { name, params }: Question,
  { rows, sequence }: ComputedRows,
  computation: Computation
): QueryResult => {
  const body = Buffer.from(JSON.stringify({ query: name, params, sequence, rows }))
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`
  return { body, etag, sequence, ...computation }
}

const decodeRows = Schema.decodeSync(
  Schema.parseJson(Schema.Struct({ rows: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })) }))
)

/** Rows decoded from the JSON body, for other formats. */
export const rowsOf = ({ body }: QueryResult) => decodeRows(body.toString()).rows
