// One uPlot chart: options derived from the data, updates in place, and resizing.
import uPlot from "uplot"
import { axes, scales } from "./axes.ts"
import { color } from "./colors.ts"
import type { Numbers, Series } from "./read.ts"
import { tip } from "./tip.ts"

const isDrawn = ({ color }: Series) => color !== undefined

/** Cumulative sums, highest first, so that bars overlap as a stack; zeros are not drawn. */
const stacked = (series: ReadonlyArray<Series>) => {
  const sums = (series[0]?.values ?? []).map(() => 0)
  return series
    .map(({ values }) =>
      values.map((value, index) => {
        if (value === null || value === 0) return null
        const sum = (sums[index] ?? 0) + value
        sums[index] = sum
        return sum
      })
    )
    .reverse()
}

const dataOf = ({ kind, series, xs, y }: Numbers): uPlot.AlignedData => {
  const drawn = series.filter(isDrawn)
  if (kind === "stack") return [[...xs], ...stacked(drawn)]
  // A log scale has no zero: durations below 1 s are drawn as 1 s.
  const least = y === "duration" ? 1 : Number.NEGATIVE_INFINITY
  return [
    [...xs],
    ...drawn.map(({ values }) => values.map((value) => (value === null ? null : Math.max(value, least))))
  ]
}

const isBars = (kind: string) => kind === "bars" || kind === "stack"

const seriesOf = ({ kind, series }: Numbers): Array<uPlot.Series> => {
  const drawn = series.filter(isDrawn)
  return (kind === "stack" ? drawn.reverse() : drawn).map((it): uPlot.Series => {
    const own = `series-${it.color}`
    const base = { label: it.title, stroke: () => color(own) }
    if (!isBars(kind)) {
      const fill = kind === "area" ? { fill: () => color(own, 22) } : {}
      return { ...base, ...fill, width: 2, points: { show: kind === "lines", size: 5, fill: () => color(own) } }
    }
    const paths = uPlot.paths.bars?.({
      size: [kind === "bars" ? 0.62 : 0.76, 72],
      radius: kind === "bars" ? [0.06, 0] : 0
    })
    return {
      ...base,
      ...(paths === undefined ? {} : { paths }),
      fill: () => color(own),
      // A thin gap in the card's colour separates bars for readers who don't distinguish the
      // colours.
      stroke: () => color("card"),
      width: kind === "stack" ? 1 : 0,
      points: { show: false }
    }
  })
}

/** Draws the values above each bar, a line for each column. */
const labels = (numbers: () => Numbers) => (plot: uPlot) => {
  const { series, x, xs } = numbers()
  if (x !== "name") return
  const { ctx } = plot
  ctx.save()
  ctx.textAlign = "center"
  for (const [index, at] of xs.entries()) {
    const left = plot.valToPos(at, "x", true)
    const top = plot.valToPos(series[0]?.values[index] ?? 0, "y", true)
    for (const [line, { color: drawn, texts }] of series.toReversed().entries()) {
      ctx.font = `${drawn === undefined ? 400 : 600} ${12 * devicePixelRatio}px system-ui, sans-serif`
      ctx.fillStyle = color(drawn === undefined ? "quiet" : "ink")
      ctx.fillText(texts[index] ?? "", left, top - (6 + 15 * line) * devicePixelRatio)
    }
  }
  ctx.restore()
}

/** Properties whose change requires a new chart. */
const shapeOf = ({ kind, series, x, y }: Numbers) =>
  JSON.stringify([kind, x, y, series.map((it) => [it.title, it.color])])

export class Plot {
  private readonly uplot: uPlot
  private readonly shape: string
  private readonly observer: ResizeObserver
  private seen: string

  constructor(
    readonly place: HTMLElement,
    private numbers: Numbers
  ) {
    const current = () => this.numbers
    this.shape = shapeOf(numbers)
    this.seen = JSON.stringify(numbers)
    const { clientHeight: height, clientWidth: width } = place
    this.uplot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false, points: { show: !isBars(numbers.kind) } },
        padding: [14, numbers.x === "ago" ? 18 : 10, 0, 0],
        scales: scales(current),
        axes: axes(current),
        series: [{}, ...seriesOf(numbers)],
        hooks: { draw: [labels(current)] },
        plugins: [tip(current)]
      },
      dataOf(numbers),
      place
    )
    this.observer = new ResizeObserver(() => {
      if (place.clientWidth > 0) this.uplot.setSize({ width: place.clientWidth, height: place.clientHeight })
    })
    this.observer.observe(place)
  }

  /** Updates the data; false if a new chart is required. */
  update(numbers: Numbers): boolean {
    if (shapeOf(numbers) !== this.shape) return false
    const now = JSON.stringify(numbers)
    if (now === this.seen) return true
    this.seen = now
    this.numbers = numbers
    this.uplot.setData(dataOf(numbers))
    return true
  }

  /** Redraws in the current colours. */
  repaint() {
    this.uplot.redraw(false)
  }

  destroy() {
    this.observer.disconnect()
    this.uplot.destroy()
  }
}
