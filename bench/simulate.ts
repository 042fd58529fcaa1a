// `npm run simulate`: what a number of nodes and streams would come to, by a simulation with costs that were measured (docs/scale.md).
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { FileSystem } from "@effect/platform/FileSystem"
import { Terminal } from "@effect/platform/Terminal"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { run } from "../src/cli/run.ts"
import { type Costs, decodeCosts, measured } from "./simulate/costs.ts"
import { figuresOf } from "./simulate/figures.ts"
import { limits, wanted } from "./simulate/limits.ts"
import { simulate as simulated } from "./simulate/model.ts"
import { adviceOf, headOf, limitsOf, tableOf } from "./simulate/report.ts"

export class BadCosts extends Schema.TaggedError<BadCosts>()("BadCosts", { message: Schema.String }) {}

const number = (schema: Schema.Schema<number>, name: string, from: number, to: number, byDefault: number) =>
  Options.float(name).pipe(
    Options.withSchema(
      schema.pipe(
        Schema.between(from, to, { message: ({ actual }) => `--${name} is from ${from} to ${to}, and not ${actual}` })
      )
    ),
    Options.withDefault(byDefault)
  )
const whole = (name: string, from: number, to: number, byDefault: number) =>
  number(Schema.Int, name, from, to, byDefault)
const amount = (name: string, from: number, to: number, byDefault: number) =>
  number(Schema.Number, name, from, to, byDefault)

const options = {
  nodes: whole("nodes", 1, 10_000, 3),
  streams: whole("streams", 0, 1e8, 10_000).pipe(Options.withDescription("Open feeds of lists, on all nodes together")),
  lists: whole("lists", 1, 1e7, 1000),
  commands: amount("commands-per-second", 0, 1e6, 100).pipe(Options.withDescription("Each is one event")),
  zipf: amount("zipf", 0, 3, 0.8).pipe(
    Options.withDescription("How uneven lists are: 0 all alike, 1 the second half as popular as the first")
  ),
  burst: amount("burst", 1, 4, 1).pipe(
    Options.withDescription("Commands come so many times as often, a quarter of the time")
  ),
  sessions: amount("sessions", 0, 1, 1).pipe(Options.withDescription("Streams that have a session, of 1")),
  batch: whole("batch", 1, 8192, 256).pipe(Options.withDescription("Events of one commit at most")),
  fsync: Options.float("fsync").pipe(
    Options.optional,
    Options.withDescription("Milliseconds, instead of the measured ones")
  ),
  bus: Options.float("bus-latency").pipe(
    Options.optional,
    Options.withDescription("Milliseconds from node to node, instead of the measured ones")
  ),
  killNodeAt: Options.float("kill-node-at").pipe(
    Options.optional,
    Options.withDescription("Seconds after which a node dies; its streams come back to the others")
  ),
  wakeDelay: amount("wake-delay", 0, 1000, 0).pipe(
    Options.withDescription(
      "Milliseconds that a process waits for a processor, on machines that do something else as well"
    )
  ),
  seconds: whole("seconds", 1, 3600, 10),
  seed: whole("seed", 0, 2 ** 32 - 1, 1),
  postgresCores: whole("postgres-cores", 1, 1024, 8),
  busCores: whole("bus-cores", 1, 1024, 4),
  costs: Options.file("costs").pipe(
    Options.optional,
    Options.withDescription("A file of costs, as `npm run bench capacity` prints them")
  ),
  json: Options.boolean("json")
}

const readCosts = (file: string) =>
  Effect.flatMap(FileSystem, (files) => Effect.flatMap(files.readFileString(file), decodeCosts)).pipe(
    Effect.mapError((error) => new BadCosts({ message: `The costs in ${file} can't be read: ${error.message}` }))
  )

const changed = (costs: Costs, fsync: Option.Option<number>, latency: Option.Option<number>): Costs => ({
  ...costs,
  order: { ...costs.order, sync: Option.match(fsync, { onNone: () => costs.order.sync, onSome: (ms) => ms * 1000 }) },
  bus: { ...costs.bus, latency: Option.match(latency, { onNone: () => costs.bus.latency, onSome: (ms) => ms * 1000 }) }
})

export const simulate = Command.make(
  "simulate",
  options,
  ({ bus, commands, costs: file, fsync, json, killNodeAt, ...load }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const found = Option.isSome(file) ? yield* readCosts(file.value) : measured
      const costs = changed(found, fsync, bus)
      const { busCores, postgresCores, ...rest } = load
      const outcome = simulated(
        { ...rest, commandsPerSecond: commands, killNodeAt: Option.getOrUndefined(killNodeAt) },
        costs
      )
      const figures = figuresOf(outcome, costs)
      const ends = limits(outcome, figures, costs, { busCores, postgresCores })
      const advice = wanted(outcome, figures, costs)
      if (json) {
        return yield* terminal.display(
          `${JSON.stringify({ load: outcome.load, figures, limits: ends, wanted: advice, costs }, null, 2)}\n`
        )
      }
      yield* terminal.display(
        [
          headOf(outcome, costs),
          tableOf(outcome, figures),
          limitsOf(ends),
          `${adviceOf(outcome, advice, ends)}\n`
        ].join("\n")
      )
    })
).pipe(
  Command.withDescription("What so many nodes and streams would come to: capacity, latencies, the first bottleneck")
)

const platform = Layer.mergeAll(NodePath.layer, NodeTerminal.layer).pipe(Layer.provideMerge(NodeFileSystem.layer))

run(Effect.provide(Command.run(simulate, { name: "Evenstar", version: "" })(process.argv), platform))
