// A declared analytics query: its name, what it takes, what its rows are, its SQL, and what makes an old result wrong.
// Nobody sends SQL: what may be asked is in these declarations, and values are bound, never written into the text.
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { getPropertySignatures } from "effect/SchemaAST"
import { Sequence } from "./StoredEvent.ts"

/** Values by the names of the SQL's parameters (`$from`), as a URL has them. What is left out is NULL. */
export type Sent = Readonly<Record<string, string | undefined>>

interface Traits {
  /** As it stands in the URL. */
  readonly name: string
  /**
   * One statement of DuckDB's SQL over `events`. Beside its parameters it may use `$now`, the time of the computation, to
   * be cast to a TIMESTAMP (UTC, as all times here).
   */
  readonly sql: string
  /** Of a row, in their order. */
  readonly columns: ReadonlyArray<string>
  /** The aggregate types whose events change the result. */
  readonly dependsOn: "everything" | ReadonlyArray<string>
  /** A result that moves with the clock stays true for so long; without it until a relevant event comes. */
  readonly validFor: Duration.Duration | undefined
  /** Under a stream of relevant events it is computed once in so long: a result may be that much behind. */
  readonly minRefreshInterval: Duration.Duration
  /** An outdated result is still handed out while a new one is computed. */
  readonly staleWhileRevalidate: boolean
  /** The rows of a range in which nothing has happened. */
  readonly emptyRows: ReadonlyArray<unknown>
}

/** A query with its parameters: what is computed, cached and answered. Equal questions have equal keys. */
export interface Question extends Traits {
  readonly key: string
  readonly params: Sent
  /** Rows as they came from the database, if they are what the query declares. */
  readonly check: (rows: unknown) => Either.Either<ReadonlyArray<unknown>, ParseError>
}

/** A query, whatever it takes and gives. */
export interface AnyQuery {
  readonly name: string
  /** The question that somebody sent the parameters of. */
  readonly parse: (sent: unknown) => Either.Either<Question, ParseError>
  /** Names of its parameters. */
  readonly takes: ReadonlyArray<string>
  /** For those who describe the API. */
  readonly params: Schema.Schema.AnyNoContext
  readonly answer: Schema.Schema.AnyNoContext
}

export interface AnalyticsQuery<Params, Row> extends AnyQuery {
  readonly ask: (params: Params) => Question
  /** The rows of an answer's JSON text; throws where it is no answer to this query. */
  readonly rowsOf: (json: string) => ReadonlyArray<Row>
}

export interface Declaration<Params, Row, Encoded> extends Pick<Traits, "name" | "sql" | "dependsOn"> {
  readonly params: Schema.Schema<Params, Sent>
  /** Of one row. Whole numbers come as numbers, exact up to 2^53. */
  readonly result: Schema.Schema<Row, Encoded>
  readonly validFor?: Duration.DurationInput
  /** A second, unless it is said. */
  readonly minRefreshInterval?: Duration.DurationInput
  readonly staleWhileRevalidate?: boolean
  /** None, unless it is said. */
  readonly emptyRows?: ReadonlyArray<Encoded>
}

const namesOf = ({ ast }: Schema.Schema.AnyNoContext) => getPropertySignatures(ast).map(({ name }) => String(name))

const nothingElse = { onExcessProperty: "error" } as const

/** In one order, and without what was left out. */
const canonical = (sent: Sent): Sent =>
  Object.fromEntries(
    Object.entries(sent)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )

/** The same query with other parameters. */
export const withParams = <Q extends Omit<Question, "key" | "params">>(question: Q, sent: Sent) => {
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
  const answer = Schema.Struct({
    query: Schema.Literal(name),
    params: Schema.Record({ key: Schema.String, value: Schema.String }),
    sequence: Sequence,
    rows: Schema.Array(result)
  })
  const encodeParams = Schema.encodeSync(paramsSchema)
  const decodeParams = Schema.decodeUnknownEither(paramsSchema, nothingElse)
  const decodeRows = Schema.decodeUnknownEither(Schema.Array(result), nothingElse)
  const decodeAnswer = Schema.decodeSync(Schema.parseJson(answer))
  // What passes the check is an array of rows, and goes out as it is: decoding is for those who read it.
  const check = (rows: unknown) => Either.map(decodeRows(rows), () => (Array.isArray(rows) ? rows : []))

  const ask = (asked: Params): Question => withParams({ ...traits, check }, encodeParams(asked))
  return {
    name,
    ask,
    parse: (sent) => Either.map(decodeParams(sent), ask),
    rowsOf: (json) => decodeAnswer(json).rows,
    takes: namesOf(Schema.encodedSchema(paramsSchema)),
    params: paramsSchema,
    answer
  }
}

/** Analytics can't answer now: its database is corrupt, locked by another process, out of room, or not open yet. */
export class AnalyticsUnavailable extends Schema.TaggedError<AnalyticsUnavailable>()("AnalyticsUnavailable", {
  reason: Schema.String
}) {
  readonly kind = "unavailable"
  readonly retryAfter = 5
  override get message() {
    return `Analytics is not available: ${this.reason}`
  }
}

/** The query ran longer than `ANALYTICS_QUERY_TIMEOUT` and was interrupted. */
export class QueryTimedOut extends Schema.TaggedError<QueryTimedOut>()("QueryTimedOut", { query: Schema.String }) {
  readonly kind = "timeout"
  readonly code = "QUERY_TIMEOUT"
  override get message() {
    return `The query ${this.query} took too long; please ask for less`
  }
}
