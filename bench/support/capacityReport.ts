// Prints predictions beside measurements: the median of all passes of each load.
import type { Costs } from "../simulate/costs.ts"
import { compare, type Figure } from "./capacityCheck.ts"
import type { Measured } from "./capacityCluster.ts"
import { note, show, table, target } from "./report.ts"
import { spread } from "./stats.ts"

export const tolerated = 0.15

const checked = {
  node: "CPU a node",
  postgres: "PostgreSQL CPU",
  commands: "commands/s",
  delivered: "delivered/s"
} as const
const names = ["node", "postgres", "commands", "delivered"] as const

const middle = (values: ReadonlyArray<number>) => spread(values).median

const nameOf = ({ nodes, run }: Measured) =>
  `${nodes} ${nodes === 1 ? "node" : "nodes"}, ${run.rate}/s, ${run.streams} streams`

export const report = (measured: ReadonlyArray<Measured>, costs: Costs) => {
  const loads = new Map<string, Array<Measured>>()
  for (const one of measured) loads.set(nameOf(one), [...(loads.get(nameOf(one)) ?? []), one])
  const rows: Array<ReadonlyArray<string>> = []
  for (const [name, passes] of loads) {
    const compared = passes.map((one) => compare(one, costs))
    const medians = (figures: ReadonlyArray<Figure>) => {
      const predicted = middle(figures.map((figure) => figure.predicted))
      const found = middle(figures.map((figure) => figure.measured))
      return { predicted, found, error: predicted / found - 1 }
    }
    const cells = names.map((figure) => {
      const { error, found, predicted } = medians(compared.map((one) => one[figure]))
      target(`${name}: ${checked[figure]}, error`, Math.abs(error), "at most", tolerated)
      const verdict = Math.abs(error) > tolerated ? " MISSED" : ""
      return `${show(predicted)} / ${show(found)} ${(error * 100).toFixed(0)} %${verdict}`
    })
    rows.push([name, ...cells])
  }
  note("Loads not used for fitting: predicted / measured, error\n")
  table(["load", ...names.map((name) => checked[name])], rows)
}
