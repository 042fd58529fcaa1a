// Analytics: a query about the sample things, and its chart on /analytics.
import * as Schema from "effect/Schema"
import * as AnalyticsQuery from "evenstar/domain/AnalyticsQuery"
import { drawDays } from "evenstar/http/views/analytics/drawing"
import { chart } from "evenstar/http/views/analytics/panels"
import { source } from "evenstar/http/views/analytics/source"
import { Count, Day, DayRange, dayText, within } from "evenstar/layers/analytics/ranges"
import { sampleThing } from "./SampleThing.ts"

/** Served at /api/analytics/sample_count. */
export const sampleCount = AnalyticsQuery.make({
  name: "sample_count",
  params: DayRange,
  result: Schema.Struct({ day: Day, count: Count }),
  dependsOn: [sampleThing.type],
  sql: `
    SELECT ${dayText("date")} AS "day", "count"
    FROM (
      SELECT occurred_at::DATE AS date, count(*) AS "count"
      FROM events
      WHERE aggregate_type = '${sampleThing.type}' AND event_type = 'SampleThingCreated' AND ${within("occurred_at")}
      GROUP BY date
    ) ORDER BY date`
})

const draw = drawDays({ what: "Sample count", title: "Sample count", series: 8 })

export const sampleCountPanel = chart(source(sampleCount), "Sample count", "SampleThingCreated, for each day", draw)
