// Invariants of the capacity simulation that hold for any costs. `npm run bench capacity` compares
// its predictions with real nodes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CommitOrder, holds } from "../../bench/simulate/CommitOrder.ts"
import { measured } from "../../bench/simulate/costs.ts"
import { figuresOf, orderCeiling } from "../../bench/simulate/figures.ts"
import { limits, wanted } from "../../bench/simulate/limits.ts"
import type { Load } from "../../bench/simulate/load.ts"
import { simulate } from "../../bench/simulate/model.ts"
import { Population } from "../../bench/simulate/Population.ts"
import * as SimulationRandom from "../../bench/simulate/simulationRandom.ts"
import { Weights } from "../../bench/simulate/Weights.ts"
import { runToEnd } from "../cli/process.ts"

const load = (changes: Partial<Load> = {}): Load => ({
  nodes: 3,
  streams: 3000,
  lists: 200,
  zipf: 0.8,
  commandsPerSecond: 100,
  burst: 1,
  sessions: 1,
  batch: 256,
  wakeDelay: 0,
  seconds: 5,
  seed: 1,
  ...changes
})
const figures = (changes: Partial<Load>) => figuresOf(simulate(load(changes), measured), measured)
const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

const population = fc.record({
  nodes: fc.integer({ min: 1, max: 40 }),
  lists: fc.integer({ min: 1, max: 300 }),
  streams: fc.integer({ min: 0, max: 5000 }),
  zipf: fc.double({ min: 0, max: 2, noNaN: true })
})

describe("distribution of streams over lists and nodes", () => {
  it("sums to the same total by list and by node", () =>
    fc.assert(
      fc.property(population, (audience) => {
        const people = new Population(audience)
        const lists = Array.from({ length: audience.lists }, (_, list) => list)
        const perNode = people.perNode()
        expect(sum(lists.map((list) => people.of(list)))).toBe(audience.streams)
        for (const [node, streams] of perNode.entries()) {
          expect(sum(lists.map((list) => people.on(list, node)))).toBe(streams)
        }
        expect(sum(perNode)).toBe(audience.streams)
      })
    ))

  it("moves all streams of a dead node to the surviving nodes", () =>
    fc.assert(
      fc.property(population, (audience) => {
        fc.pre(audience.nodes > 1)
        const people = new Population(audience)
        for (let list = 0; list < audience.lists; list++) {
          const moved = Array.from({ length: audience.nodes - 1 }, (_, place) => people.movedTo(list, 0, place))
          expect(sum(moved)).toBe(people.on(list, 0))
        }
      })
    ))
})

describe("capacity simulation", () => {
  it("gives the same figures for the same seed and different ones for another seed", () => {
    const outcome = (seed: number) => JSON.stringify(simulate(load({ seed, burst: 3, killNodeAt: 2 }), measured).nodes)
    expect(outcome(7)).toBe(outcome(7))
    expect(outcome(7)).not.toBe(outcome(8))
  })

  it("delivers each event, or a newer state, to every stream of its list", () =>
    fc.assert(
      fc.property(
        population,
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 1000 }),
        (audience, rate, seed) => {
          const outcome = simulate(load({ ...audience, commandsPerSecond: rate, seconds: 2, seed }), measured)
          const { commands, due, nodes, order } = outcome
          expect(sum(nodes.map(({ conflated, deliveries }) => conflated + deliveries))).toBe(due)
          expect(outcome.deliveries.total).toBe(sum(nodes.map(({ deliveries }) => deliveries)))
          expect([commands.done, order.events]).toEqual([commands.sent, commands.sent])
          expect(sum(nodes.map(({ heard }) => heard))).toBe(commands.sent * (audience.nodes - 1))
        }
      ),
      { numRuns: 40 }
    ))

  it("does not load the hottest node more when nodes double for the same streams", () => {
    for (const seed of [1, 2, 3]) {
      const hottest = [1, 2, 4, 8, 16].map((nodes) => figures({ nodes, streams: 20_000, lists: 50, seed }).hottestCpu)
      expect(hottest).toEqual(hottest.toSorted((one, other) => other - one))
    }
  })

  it("has a stable lag below saturation and a growing lag above it", () => {
    const p99 = (commandsPerSecond: number, seconds: number) =>
      figures({ commandsPerSecond, seconds, nodes: 1, streams: 0 }).answerP99
    expect(p99(150, 20)).toBeLessThan(2 * p99(150, 10))
    expect(p99(20_000, 4)).toBeGreaterThan(1.7 * p99(20_000, 2))
  })

  it("stores every command exactly once when a node dies, and reconnects its streams", () => {
    const outcome = simulate(load({ killNodeAt: 2, commandsPerSecond: 400 }), measured)
    const { commands, due, nodes, order, restart } = outcome
    expect(commands.retried).toBeGreaterThan(0)
    expect([commands.done, order.events]).toEqual([commands.sent, commands.sent])
    expect(restart?.streams).toBe(nodes[0]?.streams)
    expect(restart?.seconds).toBeGreaterThan(2)
    expect(restart?.seconds).toBeLessThan(5)
    // Streams of the dead node, and streams that reconnect, start over from the full list.
    const shown = sum(nodes.map(({ conflated, deliveries }) => conflated + deliveries))
    expect(Math.abs(shown / due - 1)).toBeLessThan(0.02)
  })

  it("waits for the commit order as long as M/D/1 queueing theory predicts", () => {
    for (const busy of [0.3, 0.6, 0.85]) {
      const order = new CommitOrder(measured, 0)
      const hold = holds(measured, 1) / 1000
      const { gap } = SimulationRandom.make(11)
      let now = 0
      for (let call = 0; call < 400_000; call++) {
        now += gap(hold / busy)
        order.append(now, 1)
      }
      const expected = (busy * hold) / (2 * (1 - busy))
      expect(Math.abs(order.waits.mean() / expected - 1)).toBeLessThan(0.05)
    }
  })

  it("fills batches as the commit order saturates, up to its ceiling", () => {
    const calls = [50, 1000, 20_000].map((rate) =>
      figures({ commandsPerSecond: rate, nodes: 40, streams: 0, seconds: 2 })
    )
    const full = calls.map(({ eventsPerCall }) => eventsPerCall)
    expect(full).toEqual(full.toSorted((one, other) => one - other))
    const outcome = simulate(load({ commandsPerSecond: 60_000, nodes: 100, streams: 0, seconds: 1 }), measured)
    expect(outcome.order.events / (outcome.order.held / 1000)).toBeLessThanOrEqual(orderCeiling(measured, 256))
  })

  it("reports the first bottleneck and the number of nodes needed", () => {
    const machines = { postgresCores: 8, busCores: 4 }
    const of = (changes: Partial<Load>) => {
      const outcome = simulate(load(changes), measured)
      const found = figuresOf(outcome, measured)
      return { ends: limits(outcome, found, measured, machines), nodes: wanted(outcome, found, measured).nodes ?? 0 }
    }
    const crowded = of({ nodes: 1, streams: 100_000, lists: 1000 })
    expect(crowded.ends[0]?.what).toContain("event loop")
    expect(crowded.nodes).toBeGreaterThan(1)
    expect(figures({ nodes: crowded.nodes, streams: 100_000, lists: 1000 }).hottestCpu).toBeLessThan(0.66)
  })
})

it("computes quantiles within one bucket width", () => {
  const weights = new Weights()
  for (let millis = 1; millis <= 1000; millis++) weights.add(millis, 2)
  expect(weights.total).toBe(2000)
  expect(weights.quantile(0.5) / 500).toBeCloseTo(1, 1)
  expect(weights.quantile(0.99) / 990).toBeCloseTo(1, 1)
  expect(weights.mean()).toBe(500.5)
})

describe("simulate command", () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const run = (...args: ReadonlyArray<string>) =>
    runToEnd(directory, args, {}, ["--import", "tsx", "bench/simulate.ts"])

  it("accepts a costs file and names one that it cannot read", async () => {
    const file = join(directory, "costs.json")
    writeFileSync(file, JSON.stringify({ ...measured, machine: "a machine of one's own" }))
    const { code, stdout } = await run("--costs", file, "--seconds", "1")
    expect([code, stdout]).toEqual([0, expect.stringContaining("costs of a machine of one's own")])
    expect(stdout).toMatch(/First to end: .+This load wants \d+ nodes? at 60 %/s)
    writeFileSync(file, "{}")
    const bad = await run("--costs", file)
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining(`The costs in ${file} can't be read`)])
  })

  it("simulates a million streams on 200 nodes within seconds, deterministically", async () => {
    const args = ["--nodes", "200", "--streams", "1000000", "--lists", "100000", "--seconds", "5", "--json"]
    const [one, other] = await Promise.all([run(...args), run(...args)])
    expect(one.code).toBe(0)
    expect(one.stdout).toBe(other.stdout)
    expect(JSON.parse(one.stdout)).toMatchObject({ load: { nodes: 200, streams: 1_000_000 } })
  })
})
