// The stack's own queries over events of any aggregate. Columns of `events`: `EventsTable.ts`;
// times are UTC.
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "../../domain/AnalyticsQuery.ts"
import { Count, Day, dayText, rangeWithSubjects, withinOf } from "./ranges.ts"

/** No parameters: an empty struct alone would accept any. */
const Nothing = Schema.Struct({}).pipe(
  Schema.filter((sent) => Object.keys(sent).map((name) => ({ path: [name], message: "is unexpected" })))
)

/** `subjects`: parameters that restrict a query to one aggregate. */
export const stackQueries = (subjects: ReadonlyArray<string>) => ({
  /** Events per type and day. */
  dailyCounts: AnalyticsQuery.make({
    name: "daily_counts",
    params: rangeWithSubjects(subjects),
    result: Schema.Struct({ day: Day, eventType: Schema.String, count: Count }),
    dependsOn: "everything",
    sql: `
    SELECT ${dayText("date")} AS "day", "eventType", "count"
    FROM (
      SELECT occurred_at::DATE AS date, event_type AS "eventType", count(*) AS "count"
      FROM events WHERE ${withinOf("occurred_at", subjects)} GROUP BY ALL
    ) ORDER BY date, "eventType"`
  }),

  /** Events by weekday (1 is Monday, ISO 8601) and hour (UTC); hours without events are omitted. */
  busiestHours: AnalyticsQuery.make({
    name: "busiest_hours",
    params: rangeWithSubjects(subjects),
    result: Schema.Struct({ weekday: Schema.Int.pipe(Schema.between(1, 7)), hour: Schema.Int, count: Count }),
    dependsOn: "everything",
    sql: `
    SELECT isodow(occurred_at) AS weekday, hour(occurred_at) AS "hour", count(*) AS "count"
    FROM events WHERE ${withinOf("occurred_at", subjects)} GROUP BY ALL ORDER BY ALL`
  }),

  /** Events in each of the last 300 seconds, zeros included. */
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
