// The rows of answers, read once each: a figure and the headline look at the same ones, again and again.
import type { QueryResult } from "../../../layers/analytics/AnalyticsCache.ts"
import * as queries from "../../../layers/analytics/queries.ts"

interface Asked<Row> {
  readonly name: string
  readonly rowsOf: (json: string) => ReadonlyArray<Row>
}

/** A query by its name, with what reads its answers. */
export interface Source<Row> {
  readonly name: string
  readonly rowsOf: (answer: QueryResult) => ReadonlyArray<Row>
}

const source = <Row>({ name, rowsOf }: Asked<Row>): Source<Row> => {
  const known = new WeakMap<QueryResult, ReadonlyArray<Row>>()
  return {
    name,
    rowsOf: (answer) => {
      const rows = known.get(answer) ?? rowsOf(answer.body.toString())
      known.set(answer, rows)
      return rows
    }
  }
}

export const dailyCounts = source(queries.dailyCounts)
export const completionFunnel = source(queries.completionFunnel)
export const timeToComplete = source(queries.timeToComplete)
export const activeLists = source(queries.activeLists)
export const busiestHours = source(queries.busiestHours)
export const eventRate = source(queries.eventRate)

/** The rows that a source gives. */
export type Rows<Of extends Source<unknown>> = ReturnType<Of["rowsOf"]>
