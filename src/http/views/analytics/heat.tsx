// Busiest hours of the week, as a table with shaded cells; works without a script.

import type { StackQueries } from "../../../layers/analytics/stackQueries.ts"
import { Scroller } from "./chart.tsx"
import type { Rows } from "./source.ts"
import { countText, hourText, some, weekdayText } from "./units.ts"

const weekdays = [1, 2, 3, 4, 5, 6, 7]
const hours = Array.from({ length: 24 }, (_, hour) => hour)
/** Shades (`heat-1` to `heat-5` in the style sheet) besides none. */
const shades = 5

type HourRows = Rows<StackQueries["busiestHours"]>

export const busiest = (rows: HourRows) =>
  rows.reduce<HourRows[number] | undefined>(
    (best, row) => (best === undefined || row.count > best.count ? row : best),
    undefined
  )

/** Abbreviates large counts ("1.2k"); the cell's title has the exact number. */
const shortText = (count: number) =>
  count < 1000 ? String(count) : `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`

export const Heat = ({ rows }: { readonly rows: HourRows }) => {
  const top = busiest(rows)
  const most = top?.count ?? 1
  const counts = new Map(rows.map(({ count, hour, weekday }) => [weekday * 24 + hour, count]))
  return (
    <>
      <Scroller label="Events by weekday and hour">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">Weekday</span>
              </th>
              {hours.map((hour) => (
                <th key={hour} scope="col" aria-label={hourText(hour)}>
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weekdays.map((weekday) => (
              <tr key={weekday}>
                <th scope="row">{weekdayText(weekday)}</th>
                {hours.map((hour) => {
                  const count = counts.get(weekday * 24 + hour) ?? 0
                  // Square root: with a linear scale one peak would make all other hours look
                  // empty.
                  const shade = Math.ceil(Math.sqrt(count / most) * shades)
                  return (
                    <td key={hour} class={`heat-${shade}`} title={count < 1000 ? undefined : countText(count)}>
                      {count === 0 ? <span class="unseen">0</span> : shortText(count)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {top === undefined ? null : (
        <p class="quiet">
          The busiest is {weekdayText(top.weekday)} {hourText(top.hour)} to {hourText((top.hour + 1) % 24)} UTC, with{" "}
          {some(top.count, "event")}.
        </p>
      )}
    </>
  )
}
