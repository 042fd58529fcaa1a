// Scales and axes of charts: days, minutes or names; counts from zero, durations on a log scale.
import type uPlot from "uplot"
import { color } from "./colors.ts"
import { dayText, type Numbers } from "./read.ts"

const font = "12px system-ui, sans-serif"

const minute = 60
const hour = 60 * minute
const day = 24 * hour
/** Possible grid lines of a duration axis. */
const durations: ReadonlyArray<readonly [seconds: number, text: string]> = [
  [1, "1 s"],
  [10, "10 s"],
  [minute, "1 min"],
  [10 * minute, "10 min"],
  [hour, "1 h"],
  [6 * hour, "6 h"],
  [day, "1 d"],
  [7 * day, "1 w"],
  [30 * day, "30 d"],
  [365 * day, "1 y"]
]

const countFormat = new Intl.NumberFormat("en-US", { notation: "compact" })
const thousands = [1, 2, 5].flatMap((first) => Array.from({ length: 10 }, (_, power) => first * 10 ** power))
const wholeSteps = thousands.sort((a, b) => a - b)

/** From the grid line below the minimum to 1.4 times the maximum. */
const durationRange = (min: number, max: number): [number, number] => [
  durations.findLast(([at]) => at <= min)?.[0] ?? 1,
  max * 1.4
]

export const scales = (numbers: () => Numbers): uPlot.Scales => ({
  x: { time: false, range: () => [numbers().from, numbers().to] },
  y:
    numbers().y === "duration"
      ? { distr: 3, log: 10, range: (_, min, max) => durationRange(min, max) }
      : {
          // Leaves room for labels above bars; at least 4, so that a single event isn't full
          // height.
          range: (_, __, max) => [0, Math.max(max * (numbers().x === "name" ? 1.28 : 1.05), 4)]
        }
})

const agoText = (seconds: number) => (seconds === 0 ? "now" : `${seconds / minute} min`.replace("-", "−"))

/** Breaks a name at its first space. */
const nameText = (name = "") => name.replace(" ", "\n")

const xAxis = (numbers: () => Numbers): uPlot.Axis => {
  switch (numbers().x) {
    case "day":
      return { incrs: [1, 2, 7, 14, 28, 91, 182, 364], space: 56, values: (_, splits) => splits.map(dayText) }
    case "ago":
      return { incrs: [minute, 2 * minute], space: 48, values: (_, splits) => splits.map(agoText) }
    default:
      return {
        splits: () => [...numbers().xs],
        values: (_, splits) => splits.map((at) => nameText(numbers().names[at])),
        grid: { show: false },
        size: 46
      }
  }
}

const yAxis = (numbers: () => Numbers): uPlot.Axis =>
  numbers().y === "duration"
    ? {
        size: 56,
        splits: (_, __, min, max) => durations.map(([at]) => at).filter((at) => at >= min && at <= max),
        values: (_, splits) => splits.map((at) => durations.find(([it]) => it === at)?.[1] ?? ""),
        filter: (_, splits) => splits
      }
    : {
        size: 46,
        incrs: wholeSteps,
        space: 34,
        values: (_, splits) => splits.map((count) => countFormat.format(count))
      }

export const axes = (numbers: () => Numbers): Array<uPlot.Axis> => {
  const line = { stroke: () => color("line"), width: 1 }
  const common = { font, stroke: () => color("quiet"), ticks: { show: false } }
  const [x, y] = [xAxis(numbers), yAxis(numbers)]
  return [
    { ...common, size: 30, gap: 6, ...x, grid: { show: false }, border: { show: true, ...line } },
    { ...common, gap: 8, ...y, grid: line }
  ]
}
