// Panels of the stack's own queries, in two groups; the features' panels are placed between them.
import type { StackQueries } from "../../../layers/analytics/stackQueries.ts"
import { drawDailyCounts } from "./drawDailyCounts.ts"
import { drawEventRate } from "./drawEventRate.ts"
import { Heat } from "./heat.tsx"
import { chart, type DashboardPart, type Panel, panel } from "./panels.tsx"
import { source } from "./source.ts"
import { eventsOf } from "./units.ts"

/** The stack's queries and the decoders of their results. */
export const stackSources = ({ busiestHours, dailyCounts, eventRate }: StackQueries) => ({
  busiestHours: source(busiestHours),
  dailyCounts: source(dailyCounts),
  eventRate: source(eventRate)
})
export type StackSources = ReturnType<typeof stackSources>

export const stackPanels = (
  { busiestHours, dailyCounts, eventRate }: StackSources,
  parts: ReadonlyArray<DashboardPart>,
  things: ReadonlyArray<string>
): readonly [first: ReadonlyArray<Panel>, last: ReadonlyArray<Panel>] => {
  const order = parts.flatMap(({ eventTypes = [] }) => eventTypes)
  return [
    [
      chart(dailyCounts, "Events by day", "What happened, by the type of the event", (rows, days) =>
        drawDailyCounts(rows, days, order)
      ),
      chart(eventRate, "Right now", `${eventsOf(things)} in the last five minutes`, drawEventRate)
    ],
    [
      panel(busiestHours, "Busiest hours", "Events by weekday and hour, UTC", (rows) =>
        rows.length === 0 ? undefined : <Heat rows={rows} />
      )
    ]
  ]
}
