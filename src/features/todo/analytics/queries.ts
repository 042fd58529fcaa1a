// Analytics queries about todos and lists.
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "../../../domain/AnalyticsQuery.ts"
import {
  Count,
  Day,
  DayRange,
  dayText,
  isSubject,
  rangeWithSubjects,
  within
} from "../../../layers/analytics/ranges.ts"
import { todoList } from "../TodoList.ts"

const RangeOfList = rangeWithSubjects([todoList.idName])

/** SQL for an event's todo ids; TodoAdded and schema version 1 have a single one. */
const todoIds = `CASE WHEN event_type = 'TodoAdded' OR schema_version = 1
        THEN [payload->>'$.todoId'] ELSE payload->>'$.todoIds[*]' END`

/** SQL for the times at which each todo was added and first completed; `bound` prunes events. */
const todos = (bound: string) => `changes AS (
      SELECT event_type, occurred_at, unnest(${todoIds}) AS todo_id
      FROM events
      WHERE aggregate_type = '${todoList.type}' AND event_type IN ('TodoAdded', 'TodoCompleted')
        AND (${bound}) AND ${isSubject(todoList.idName)}
    ), todos AS (
      SELECT min(occurred_at) FILTER (event_type = 'TodoAdded') AS added,
        min(occurred_at) FILTER (event_type = 'TodoCompleted') AS completed
      FROM changes WHERE todo_id IS NOT NULL GROUP BY todo_id
    )`

const Seconds = Schema.Number

export const stages = ["added", "completed", "completed_within_a_day", "completed_within_an_hour"] as const

/** Todos added in the range, by how soon they were completed; each stage includes the next ones. */
export const completionFunnel = AnalyticsQuery.make({
  name: "completion_funnel",
  params: RangeOfList,
  result: Schema.Struct({ stage: Schema.Literal(...stages), count: Count }),
  emptyRows: stages.map((stage) => ({ stage, count: 0 })),
  dependsOn: [todoList.type],
  sql: `
    WITH ${todos("$from IS NULL OR occurred_at >= $from::DATE")}, counts AS (
      SELECT count(*) AS added, count(completed) AS completed,
        count(*) FILTER (completed <= added + INTERVAL 1 DAY) AS completed_within_a_day,
        count(*) FILTER (completed <= added + INTERVAL 1 HOUR) AS completed_within_an_hour
      FROM todos WHERE ${within("added")}
    )
    SELECT stage, "count" FROM (UNPIVOT counts ON COLUMNS(*) INTO NAME stage VALUE "count")`
})

/** Seconds between adding a todo and first completing it, by day of completion. */
export const timeToComplete = AnalyticsQuery.make({
  name: "time_to_complete",
  params: RangeOfList,
  // The most expensive query: serve the previous result while computing the next.
  staleWhileRevalidate: true,
  result: Schema.Struct({ day: Day, count: Count, p50: Seconds, p90: Seconds, p99: Seconds }),
  dependsOn: [todoList.type],
  sql: `
    WITH ${todos("$to IS NULL OR occurred_at < $to::DATE + 1")}, days AS (
      SELECT completed::DATE AS date, count(*) AS "count",
        quantile_cont(epoch(completed - added), [0.5, 0.9, 0.99]) AS quantiles
      FROM todos WHERE added IS NOT NULL AND completed IS NOT NULL AND ${within("completed")} GROUP BY date
    )
    SELECT ${dayText("date")} AS "day", "count", quantiles[1] AS p50, quantiles[2] AS p90, quantiles[3] AS p99
    FROM days ORDER BY date`
})

/** Lists with events, by day. */
export const activeLists = AnalyticsQuery.make({
  name: "active_lists",
  params: DayRange,
  result: Schema.Struct({ day: Day, lists: Count }),
  dependsOn: [todoList.type],
  sql: `
    SELECT ${dayText("date")} AS "day", lists
    FROM (
      SELECT occurred_at::DATE AS date, count(DISTINCT aggregate_id) AS lists
      FROM events WHERE aggregate_type = '${todoList.type}' AND ${within("occurred_at")} GROUP BY date
    ) ORDER BY date`
})
