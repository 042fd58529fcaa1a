// Decoded rows of query results, cached by result, because panels and headline read the same ones.
import type { AnalyticsQuery, AnyQuery } from "../../../domain/AnalyticsQuery.ts"
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"

type QueryWithRows<Row> = AnyQuery & Pick<AnalyticsQuery<never, Row>, "rowsOf">

/** A query and the decoder of its results. */
export interface Source<Row> {
  readonly query: AnyQuery
  readonly rowsOf: (result: QueryResult) => ReadonlyArray<Row>
}

export const source = <Row>(query: QueryWithRows<Row>): Source<Row> => {
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

/** The row type of a query. */
export type Rows<Query extends QueryWithRows<unknown>> = ReturnType<Query["rowsOf"]>

/** Available results by query name. */
export type Results = ReadonlyMap<string, QueryResult>

export const rowsIn = <Row>(results: Results, { query, rowsOf }: Source<Row>) => {
  const result = results.get(query.name)
  return result === undefined ? undefined : rowsOf(result)
}
