// The dashboard's headline: key figures of all panels, and the sequence that they stand for.
import { html } from "../render.ts"
import { busiest } from "./heat.tsx"
import type { DashboardPart, HeadlineItem } from "./panels.tsx"
import { type Results, rowsIn } from "./source.ts"
import type { StackSources } from "./stackPanels.tsx"
import { countText, eventsOf, hourText, sum, weekdayText } from "./units.ts"

const unknown = "–"

const Item = ({ hint, name, value }: HeadlineItem) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <strong>{value ?? unknown}</strong> <small>{hint}</small>
    </dd>
  </div>
)

interface Props {
  readonly sources: StackSources
  /** The features whose panels are shown. */
  readonly parts: ReadonlyArray<DashboardPart>
  /** Plural nouns of what users create, one for each feature. */

  readonly things: ReadonlyArray<string>
  readonly results: Results
  readonly sequence: number | undefined
}

const Headline = ({ parts, results, sequence, sources, things }: Props) => {
  const daily = rowsIn(results, sources.dailyCounts)
  const hours = rowsIn(results, sources.busiestHours)
  const rate = rowsIn(results, sources.eventRate)
  const top = hours === undefined ? undefined : busiest(hours)
  const invitation = parts.find((part) => part.invitation !== undefined)?.invitation
  return (
    <section class="headline" id="headline" aria-label="At a glance">
      {daily?.length === 0 ? <p class="nothing">Nothing has happened in these days. {invitation}</p> : null}
      <dl>
        <Item name="Events" value={daily && countText(sum(daily))} hint="in these days" />
        {parts
          .flatMap(({ headline }) => headline?.(results) ?? [])
          .map((item) => (
            <Item key={item.name} {...item} />
          ))}
        <Item name="Busiest hour" value={top && `${weekdayText(top.weekday)} ${hourText(top.hour)}`} hint="UTC" />
        {rate === undefined ? null : (
          <Item name="Last minute" value={countText(sum(rate.slice(-60)))} hint={eventsOf(things).toLowerCase()} />
        )}
      </dl>
      {sequence === undefined || sequence === 0 ? null : (
        <p class="quiet">As of event {countText(sequence)} of the log.</p>
      )}
    </section>
  )
}

export const headlineHtml = (props: Props) => html(<Headline {...props} />)
