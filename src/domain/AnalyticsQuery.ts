// A declared analytics query: name, parameters, row schema, SQL and invalidation. Clients never
// send SQL; parameters are bound, never interpolated.
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { getPropertySignatures } from "effect/SchemaAST"
import { Sequence } from "./StoredEvent.ts"

/** URL parameters by the SQL parameter's name (`$from`). A missing one binds NULL. */
export type QueryParams = Readonly<Record<string, string | undefined>>

interface Traits {
  /** The name in the URL. */
  readonly name: string
  /**
   * One DuckDB SELECT over `events`. Besides its parameters it may use `$now`, the time of the
   * computation; cast it to TIMESTAMP (UTC, as all times here).
   */
  readonly sql: string
  /** Columns of a row, in order. */
  readonly columns: ReadonlyArray<string>
  /** The aggregate types whose events change the result. */
  readonly dependsOn: "everything" | ReadonlyArray<string>
  /** Lifetime of a time-dependent result; undefined: valid until a relevant event. */
  readonly validFor: Duration.Duration | undefined
  /** Minimum time between computations under continuous events: a result may be this stale. */
  readonly minRefreshInterval: Duration.Duration
  /** Serves a stale result while a new one is computed. */
  readonly staleWhileRevalidate: boolean
  /** Rows for a range without events. */
  readonly emptyRows: ReadonlyArray<unknown>
}

/** A query bound to parameters: the unit of computation, caching and response. */
export interface Question extends Traits {
  readonly key: string
  readonly params: QueryParams
  /** Validates database rows against the declared schema. */
  readonly check: (rows: unknown) => Either.Either<ReadonlyArray<unknown>, ParseError>
}

/** A query with its parameter and row types erased. */
export interface AnyQuery {
  readonly name: string
  /** Decodes URL parameters; fails on unknown or invalid ones. */
  readonly parse: (sent: unknown) => Either.Either<Question, ParseError>
  /** Names of its parameters. */
  readonly takes: ReadonlyArray<string>
  /** For the OpenAPI document. */
  readonly params: Schema.Schema.AnyNoContext
  readonly response: Schema.Schema.AnyNoContext
}

export interface AnalyticsQuery<Params, Row> extends AnyQuery {
  readonly ask: (params: Params) => Question
  /** Decodes the rows of a JSON response; throws on any other text. */
  readonly rowsOf: (json: string) => ReadonlyArray<Row>
}

export interface Declaration<Params, Row, Encoded> extends Pick<Traits, "name" | "sql" | "dependsOn"> {
  readonly params: Schema.Schema<Params, QueryParams>
  /** Schema of one row. Integers arrive as numbers, exact up to 2^53. */
  readonly result: Schema.Schema<Row, Encoded>
  readonly validFor?: Duration.DurationInput
  /** Default: 1 second. */
  readonly minRefreshInterval?: Duration.DurationInput
  readonly staleWhileRevalidate?: boolean
  /** Default: no rows. */
  readonly emptyRows?: ReadonlyArray<Encoded>
}

const namesOf = ({ ast }: Schema.Schema.AnyNoContext) => getPropertySignatures(ast).map(({ name }) => String(name))

const nothingElse = { onExcessProperty: "error" } as const

/** Sorted by name, without missing values. */
const canonical = (sent: QueryParams): QueryParams =>
  Object.fromEntries(
    Object.entries(sent)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )

/** The same query with other parameters. */
export const withParams = <Q extends Omit<Question, "key" | "params">>(question: Q, sent: QueryParams) => {
  const params = canonical(sent)
  return { ...question, key: `${question.name}?${JSON.stringify(params)}`, params }
}

export const make = <Params, Row, Encoded>(
  declaration: Declaration<Params, Row, Encoded>
): AnalyticsQuery<Params, Row> => {
  const { name, params: paramsSchema, result } = declaration
  const traits: Traits = {
    name,
    sql: declaration.sql,
    columns: namesOf(result),
    dependsOn: declaration.dependsOn,
    validFor: declaration.validFor === undefined ? undefined : Duration.decode(declaration.validFor),
    minRefreshInterval: Duration.decode(declaration.minRefreshInterval ?? "1 second"),
    staleWhileRevalidate: declaration.staleWhileRevalidate ?? false,
    emptyRows: declaration.emptyRows ?? []
  }
  const response = Schema.Struct({
    query: Schema.Literal(name),
    params: Schema.Record({ key: Schema.String, value: Schema.String }),
    sequence: Sequence,
    rows: Schema.Array(result)
  })
  const encodeParams = Schema.encodeSync(paramsSchema)
  const decodeParams = Schema.decodeUnknownEither(paramsSchema, nothingElse)
  const decodeRows = Schema.decodeUnknownEither(Schema.Array(result), nothingElse)
  const decodeResponse = Schema.decodeSync(Schema.parseJson(response))
  // Valid rows are served unchanged; decoding is left to readers.
  const check = (rows: unknown) => Either.map(decodeRows(rows), () => (Array.isArray(rows) ? rows : []))

  const ask = (asked: Params): Question => withParams({ ...traits, check }, encodeParams(asked))
  return {
    name,
    ask,
    parse: (sent) => Either.map(decodeParams(sent), ask),
    rowsOf: (json) => decodeResponse(json).rows,
    takes: namesOf(Schema.encodedSchema(paramsSchema)),
    params: paramsSchema,
    response
  }
}

/** Analytics is unavailable: its database is corrupt, locked, full or still opening. */
export class AnalyticsUnavailable extends Schema.TaggedError<AnalyticsUnavailable>()("AnalyticsUnavailable", {
  reason: Schema.String
}) {
  readonly kind = "unavailable"
  readonly retryAfter = 5
  override get message() {
    return `Analytics is not available: ${this.reason}`
  }
}

/** The query exceeded `ANALYTICS_QUERY_TIMEOUT` and was interrupted. */
export class QueryTimedOut extends Schema.TaggedError<QueryTimedOut>()("QueryTimedOut", { query: Schema.String }) {
  readonly kind = "timeout"
  readonly code = "QUERY_TIMEOUT"
  override get message() {
    return `The query ${this.query} took too long; please request less data`
  }
}
