// The dashboard's panels and headline: the stack's and the features'.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { StackQueries } from "../../layers/analytics/stackQueries.ts"
import { headlineHtml } from "../views/analytics/headline.tsx"
import type { DashboardPart, Panel, PanelRequest } from "../views/analytics/panels.tsx"
import type { Results } from "../views/analytics/source.ts"
import { stackPanels, stackSources } from "../views/analytics/stackPanels.tsx"

export class Dashboard extends Context.Tag("evenstar/Dashboard")<
  Dashboard,
  {
    /** In page order. */
    readonly panels: ReadonlyArray<Panel>
    /** HTML of the headline figures that belong to the shown panels. */
    readonly headline: (shown: ReadonlyArray<PanelRequest>, results: Results, sequence: number | undefined) => string
  }
>() {
  static readonly layer = (own: StackQueries, parts: ReadonlyArray<DashboardPart>, things: ReadonlyArray<string>) =>
    Layer.sync(Dashboard, () => {
      const sources = stackSources(own)
      const [first, last] = stackPanels(sources, parts, things)
      return {
        panels: [...first, ...parts.flatMap(({ panels }) => panels), ...last],
        headline: (shown, results, sequence) => {
          const isShown = ({ panels }: DashboardPart) => shown.some(({ panel }) => panels.includes(panel))
          return headlineHtml({ sources, parts: parts.filter(isShown), things, results, sequence })
        }
      }
    })
}
