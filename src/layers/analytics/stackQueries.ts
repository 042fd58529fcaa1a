// The queries that come with the stack, about events of whatever aggregate. `events` has a row an event (its columns:
// `EventsTable.ts`); times are UTC.
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "../../domain/AnalyticsQuery.ts"
import { Count, Day, dayText, rangeOf, withinOf } from "./ranges.ts"

/** No parameter: a struct without fields alone would let any through, and make questions of them. */
const Nothing = Schema.Struct({}).pipe(
  Schema.filter((sent) => Object.keys(sent).map((name) => ({ path: [name], message: "is unexpected" })))
)

/** `subjects`: names of the parameters by which one aggregate alone can be asked about. */
export const stackQueries = (subjects: ReadonlyArray<string>) => ({
  /** Events of each type on each day, whatever aggregate they are of. */
  dailyCounts: AnalyticsQuery.make({
    name: "daily_counts",
    params: rangeOf(subjects),
    result: Schema.Struct({ day: Day, eventType: Schema.String, count: Count }),
    dependsOn: "everything",
    sql: `
    SELECT ${dayText("date")} AS "day", "eventType", "count"
    FROM (
      SELECT occurred_at::DATE AS date, event_type AS "eventType", count(*) AS "count"
      FROM events WHERE ${withinOf("occurred_at", subjects)} GROUP BY ALL
    ) ORDER BY date, "eventType"`
  }),

  /** Events by weekday (1 is Monday, ISO 8601) and hour of the day (UTC); hours without any are left out. */
  busiestHours: AnalyticsQuery.make({
    name: "busiest_hours",
    params: rangeOf(subjects),
    result: Schema.Struct({ weekday: Schema.Int.pipe(Schema.between(1, 7)), hour: Schema.Int, count: Count }),
    dependsOn: "everything",
    sql: `
    SELECT isodow(occurred_at) AS weekday, hour(occurred_at) AS "hour", count(*) AS "count"
    FROM events WHERE ${withinOf("occurred_at", subjects)} GROUP BY ALL ORDER BY ALL`
  }),

  /** Events in each of the last 300 seconds, also of those without any. */
  eventRate: AnalyticsQuery.make({
    name: "event_rate",
    params: Nothing,
    result: Schema.Struct({ second: Schema.String, count: Count }),
    dependsOn: "everything",
    validFor: "1 second",
    sql: `
    WITH seconds AS (
      SELECT unnest(generate_series(date_trunc('second', $now::TIMESTAMP) - INTERVAL 299 SECOND,
        date_trunc('second', $now::TIMESTAMP), INTERVAL 1 SECOND)) AS second
    ), counts AS (
      SELECT date_trunc('second', occurred_at) AS second, count(*) AS "count"
      FROM events WHERE occurred_at >= $now::TIMESTAMP - INTERVAL 301 SECOND GROUP BY ALL
    )
    SELECT strftime(second, '%Y-%m-%dT%H:%M:%SZ') AS "second", coalesce("count", 0) AS "count"
    FROM seconds LEFT JOIN counts USING (second) ORDER BY seconds.second`
  })
})
export type StackQueries = ReturnType<typeof stackQueries>
