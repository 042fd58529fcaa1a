// Compares a measured load with its simulation.
import type { Costs } from "../simulate/costs.ts"
import { figuresOf } from "../simulate/figures.ts"
import { simulate } from "../simulate/model.ts"
import type { Measured } from "./capacityCluster.ts"
import { loadOf } from "./capacityLoad.ts"

export interface Figure {
  readonly predicted: number
  readonly measured: number
}

export const compare = (one: Measured, costs: Costs) => {
  const found = figuresOf(simulate(loadOf(one, costs), costs), costs)
  const { cpu, driven, nodes, postgres, run, seconds } = one
  const figure = (predicted: number, measured: number): Figure => ({ predicted, measured })
  return {
    node: figure(found.nodeCpu, cpu.reduce((sum, value) => sum + value, 0) / nodes / seconds),
    postgres: figure(found.postgresCpu, postgres / seconds),
    commands: figure(found.commandsPerSecond, driven.commands / driven.seconds),
    delivered: figure(found.deliveredPerSecond, driven.delivered / run.seconds)
  }
}
