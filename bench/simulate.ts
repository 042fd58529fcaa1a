// `npm run simulate`: predicts capacity for nodes and streams from measured costs (docs/scale.md).
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
        Schema.between(from, to, { message: ({ actual }) => `--${name} must be from ${from} to ${to}, not ${actual}` })
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
  zipf: amount("zipf", 0, 3, 0.8).pipe(Options.withDescription("Zipf exponent of the lists' popularity; 0 is uniform")),
  burst: amount("burst", 1, 4, 1).pipe(
    Options.withDescription("Factor of the command rate during a quarter of the time")
  ),
  sessions: amount("sessions", 0, 1, 1).pipe(Options.withDescription("Share of streams with a session, 0 to 1")),
  batch: whole("batch", 1, 8192, 256).pipe(Options.withDescription("Maximum number of events in a commit")),
  fsync: Options.float("fsync").pipe(
    Options.optional,
    Options.withDescription("Milliseconds of an fsync, instead of the measured value")
  ),
  bus: Options.float("bus-latency").pipe(
    Options.optional,
    Options.withDescription("Milliseconds between nodes, instead of the measured value")
  ),
  killNodeAt: Options.float("kill-node-at").pipe(
    Options.optional,
    Options.withDescription("Seconds after which a node fails; its streams reconnect to the others")
  ),
  wakeDelay: amount("wake-delay", 0, 1000, 0).pipe(
    Options.withDescription("Milliseconds until a woken process gets a processor, on shared machines")
  ),
  seconds: whole("seconds", 1, 3600, 10),
  seed: whole("seed", 0, 2 ** 32 - 1, 1),
  postgresCores: whole("postgres-cores", 1, 1024, 8),
  busCores: whole("bus-cores", 1, 1024, 4),
  costs: Options.file("costs").pipe(
    Options.optional,
    Options.withDescription("File of costs, as printed by `npm run bench capacity`")
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
).pipe(Command.withDescription("Predicts capacity, latencies and the first bottleneck for nodes and streams"))

const platform = Layer.mergeAll(NodePath.layer, NodeTerminal.layer).pipe(Layer.provideMerge(NodeFileSystem.layer))

run(Effect.provide(Command.run(simulate, { name: "Evenstar", version: "" })(process.argv), platform))
