// What a question is answered with, encoded once: whoever asks again gets these bytes.
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import type { Computed } from "./Analytics.ts"

interface Computation {
  /** When it began: in milliseconds since 1970 by the wall clock, for who reads it, and by the monotonic one, for its age. */
  readonly computedAt: number
  readonly begunAt: number
  /** How long it took. */
  readonly millis: number
}

export interface QueryResult extends Computation {
  /** `{"query", "params", "sequence", "rows"}` as JSON. */
  readonly body: Buffer
  /** A strong one, in quotes. */
  readonly etag: string
  /** The position in the log that it stands for. */
  readonly sequence: Sequence
}

export const encode = (
  { name, params }: Question,
  { rows, sequence }: Computed,
  computation: Computation
): QueryResult => {
  const body = Buffer.from(JSON.stringify({ query: name, params, sequence, rows }))
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`
  return { body, etag, sequence, ...computation }
}

const decodeRows = Schema.decodeSync(
  Schema.parseJson(Schema.Struct({ rows: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })) }))
)

/** An answer's rows as they are in its JSON, whatever its query: for those who write them in another form. */
export const rowsOf = ({ body }: QueryResult) => decodeRows(body.toString()).rows
