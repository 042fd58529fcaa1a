// The queries that come with the product. `events` has a row an event (its columns: `EventsTable.ts`); times are UTC.
// Whoever adds one declares it here, and it has its route, its cache and its place in the API's description.
import type * as Arr from "effect/Array"
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "../../domain/AnalyticsQuery.ts"
import { todoList } from "../../features/todo/TodoList.ts"

const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

/** `2026-11-25`: a day in UTC. */
export const Day = Schema.String.pipe(
  Schema.filter(isDay, { message: () => "Expected a day: YYYY-MM-DD", jsonSchema: { format: "date" } }),
  Schema.brand("Day")
)
export type Day = typeof Day.Type

/** Left out, and not undefined: what is wrong with a day is then said of the day alone. */
const exact = { exact: true } as const
const days = { from: Schema.optionalWith(Day, exact), to: Schema.optionalWith(Day, exact) }
const inOrder = ({ from, to }: { readonly from?: Day | undefined; readonly to?: Day | undefined }) =>
  from === undefined || to === undefined || from <= to || "from must not be after to"

/** The first and the last day (`logDays.ts` knows them by these names), both with what happened on them; without one there is no bound. */
const Range = Schema.Struct(days).pipe(Schema.filter(inOrder))
/** The same, of one list or of all; whoever answers it looks first whether there is such a list, and for whom. */
const RangeOfList = Schema.Struct({ ...days, listId: Schema.optionalWith(Schema.String, exact) }).pipe(
  Schema.filter(inOrder)
)

/** No parameter: a struct without fields alone would let any through, and make questions of them. */
const Nothing = Schema.Struct({}).pipe(
  Schema.filter((sent) => Object.keys(sent).map((name) => ({ path: [name], message: "is unexpected" })))
)

const within = (time: string) =>
  `($from IS NULL OR ${time} >= $from::DATE) AND ($to IS NULL OR ${time} < $to::DATE + 1)`
const ofList = "($listId IS NULL OR aggregate_id = $listId)"
const day = (date: string) => `strftime(${date}, '%Y-%m-%d')`

/** An event's todos: of many since schema version 2, of one before, and of one still where it is added. */
const todoIds = `CASE WHEN event_type = 'TodoAdded' OR schema_version = 1
        THEN [payload->>'$.todoId'] ELSE payload->>'$.todoIds[*]' END`

/** When each todo was added, and when it was completed first; `bound` spares the events that can't matter. */
const todos = (bound: string) => `changes AS (
      SELECT event_type, occurred_at, unnest(${todoIds}) AS todo_id
      FROM events
      WHERE aggregate_type = '${todoList.type}' AND event_type IN ('TodoAdded', 'TodoCompleted')
        AND (${bound}) AND ${ofList}
    ), todos AS (
      SELECT min(occurred_at) FILTER (event_type = 'TodoAdded') AS added,
        min(occurred_at) FILTER (event_type = 'TodoCompleted') AS completed
      FROM changes WHERE todo_id IS NOT NULL GROUP BY todo_id
    )`

const Count = Schema.NonNegativeInt
const Seconds = Schema.Number

/** Events of each type on each day, whatever aggregate they are of. */
export const dailyCounts = AnalyticsQuery.make({
  name: "daily_counts",
  params: RangeOfList,
  result: Schema.Struct({ day: Day, eventType: Schema.String, count: Count }),
  dependsOn: "everything",
  sql: `
    SELECT ${day("date")} AS "day", "eventType", "count"
    FROM (
      SELECT occurred_at::DATE AS date, event_type AS "eventType", count(*) AS "count"
      FROM events WHERE ${within("occurred_at")} AND ${ofList} GROUP BY ALL
    ) ORDER BY date, "eventType"`
})

export const stages = ["added", "completed", "completed_within_a_day", "completed_within_an_hour"] as const

/** Of the todos that were added in the range: how many were ever completed, and how soon. Each stage is part of the one before. */
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

/** Seconds from adding a todo to completing it for the first time, by the day on which that was. */
export const timeToComplete = AnalyticsQuery.make({
  name: "time_to_complete",
  params: RangeOfList,
  // The dearest of them: nobody waits for it who has been shown it before.
  staleWhileRevalidate: true,
  result: Schema.Struct({ day: Day, count: Count, p50: Seconds, p90: Seconds, p99: Seconds }),
  dependsOn: [todoList.type],
  sql: `
    WITH ${todos("$to IS NULL OR occurred_at < $to::DATE + 1")}, days AS (
      SELECT completed::DATE AS date, count(*) AS "count",
        quantile_cont(epoch(completed - added), [0.5, 0.9, 0.99]) AS quantiles
      FROM todos WHERE added IS NOT NULL AND completed IS NOT NULL AND ${within("completed")} GROUP BY date
    )
    SELECT ${day("date")} AS "day", "count", quantiles[1] AS p50, quantiles[2] AS p90, quantiles[3] AS p99
    FROM days ORDER BY date`
})

/** Lists on which something happened, by day. */
export const activeLists = AnalyticsQuery.make({
  name: "active_lists",
  params: Range,
  result: Schema.Struct({ day: Day, lists: Count }),
  dependsOn: [todoList.type],
  sql: `
    SELECT ${day("date")} AS "day", lists
    FROM (
      SELECT occurred_at::DATE AS date, count(DISTINCT aggregate_id) AS lists
      FROM events WHERE aggregate_type = '${todoList.type}' AND ${within("occurred_at")} GROUP BY date
    ) ORDER BY date`
})

/** Events by weekday (1 is Monday, ISO 8601) and hour of the day (UTC); hours without any are left out. */
export const busiestHours = AnalyticsQuery.make({
  name: "busiest_hours",
  params: RangeOfList,
  result: Schema.Struct({ weekday: Schema.Int.pipe(Schema.between(1, 7)), hour: Schema.Int, count: Count }),
  dependsOn: "everything",
  sql: `
    SELECT isodow(occurred_at) AS weekday, hour(occurred_at) AS "hour", count(*) AS "count"
    FROM events WHERE ${within("occurred_at")} AND ${ofList} GROUP BY ALL ORDER BY ALL`
})

/** Events in each of the last 300 seconds, also of those without any. */
export const eventRate = AnalyticsQuery.make({
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

export const queries: Arr.NonEmptyReadonlyArray<AnalyticsQuery.AnyQuery> = [
  dailyCounts,
  completionFunnel,
  timeToComplete,
  activeLists,
  busiestHours,
  eventRate
]
