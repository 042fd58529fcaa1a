// Analytics of polls: votes by day, as a query and a chart.
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "../../domain/AnalyticsQuery.ts"
import { drawDays } from "../../http/views/analytics/drawing.ts"
import { chart, type DashboardPart } from "../../http/views/analytics/panels.tsx"
import { source } from "../../http/views/analytics/source.ts"
import { Count, Day, DayRange, dayText, within } from "../../layers/analytics/ranges.ts"
import { poll } from "./Poll.ts"

export const votesByDay = AnalyticsQuery.make({
  name: "votes_by_day",
  params: DayRange,
  result: Schema.Struct({ day: Day, count: Count }),
  dependsOn: [poll.type],
  sql: `
    SELECT ${dayText("date")} AS "day", "count"
    FROM (
      SELECT occurred_at::DATE AS date, count(*) AS "count"
      FROM events
      WHERE aggregate_type = '${poll.type}' AND event_type = 'VoteCast' AND ${within("occurred_at")} GROUP BY date
    ) ORDER BY date`
})

const draw = drawDays({ what: "Votes, and changes of votes", title: "Votes", series: 8 })

export const dashboard: DashboardPart = {
  panels: [chart(source(votesByDay), "Votes by day", "Votes, and changes of votes, in all polls", draw)]
}
