// The dashboard's entry script: the common script, and a chart for each table, updated with it.
import "./index.ts"
import "uplot/dist/uPlot.min.css"
import "./analytics.css"
import { onColors } from "./charts/colors.ts"
import { Plot } from "./charts/plot.ts"
import { readNumbers } from "./charts/read.ts"

const plots = new Map<HTMLElement, Plot>()
const folded = new WeakSet<Element>()

/** Collapses the table of a drawn chart once; later changes by the user are kept. */
const fold = (details: HTMLDetailsElement | null) => {
  if (details === null || folded.has(details)) return
  folded.add(details)
  details.open = false
}

const draw = (figure: HTMLElement) => {
  const chart = figure.querySelector<HTMLElement>(".chart")
  const place = figure.querySelector<HTMLElement>(".plot")
  const table = figure.querySelector<HTMLTableElement>(".numbers table")
  if (chart === null || place === null || table === null) return
  const numbers = readNumbers(chart, table)
  const known = plots.get(place)
  if (known?.update(numbers) !== true) {
    known?.destroy()
    plots.set(place, new Plot(place, numbers))
  }
  fold(figure.querySelector("details"))
}

const drawAll = () => {
  for (const [place, plot] of plots) {
    if (place.isConnected) continue
    plot.destroy()
    plots.delete(place)
  }
  for (const figure of document.querySelectorAll<HTMLElement>("#feed figure")) draw(figure)
}

document.addEventListener("htmx:sse:after:message", drawAll)
onColors(() => {
  for (const plot of plots.values()) plot.repaint()
})
// Makes the style sheet show the charts, also where it doesn't support `scripting`.
document.documentElement.dataset.charts = ""
drawAll()
