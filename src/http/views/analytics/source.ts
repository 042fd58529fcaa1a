// The rows of query results, read once each: a figure and the headline look at the same ones, again and again.
import type { AnalyticsQuery, AnyQuery } from "../../../domain/AnalyticsQuery.ts"
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"

type Asked<Row> = AnyQuery & Pick<AnalyticsQuery<never, Row>, "rowsOf">

/** A query with what reads its results. */
export interface Source<Row> {
  readonly query: AnyQuery
  readonly rowsOf: (result: QueryResult) => ReadonlyArray<Row>
}

export const source = <Row>(query: Asked<Row>): Source<Row> => {
  const known = new WeakMap<QueryResult, ReadonlyArray<Row>>()
  return {
    query,
    rowsOf: (result) => {
      const rows = known.get(result) ?? query.rowsOf(result.body.toString())
      known.set(result, rows)
      return rows
    }
  }
}

/** The rows that a query gives. */
export type Rows<Query extends Asked<unknown>> = ReturnType<Query["rowsOf"]>

/** The results that there are, by the names of their queries. */
export type Results = ReadonlyMap<string, QueryResult>

export const rowsIn = <Row>(results: Results, { query, rowsOf }: Source<Row>) => {
  const result = results.get(query.name)
  return result === undefined ? undefined : rowsOf(result)
}
