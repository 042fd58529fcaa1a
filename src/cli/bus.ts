// `evenstar bus`: shows the nodes' event buses and moves a running cluster from one bus to another.
import * as Command from "@effect/cli/Command"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase, nextPhase, phaseBefore } from "../domain/BusPhase.ts"
import { NodeReport } from "../layers/node/ClusterMembership.ts"
import { Settings } from "../layers/node/Settings.ts"
import { runningServer } from "./runningServer.ts"
import { formatTable } from "./table.ts"

export class BusSwitchFailed extends Schema.TaggedError<BusSwitchFailed>()("BusSwitchFailed", {
  message: Schema.String
}) {}

const Status = Schema.Struct({
  phase: Schema.NullOr(BusPhase),
  nodes: Schema.Array(Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, ...NodeReport.fields }))
})
type Status = typeof Status.Type
const Problem = Schema.Struct({ detail: Schema.String })

const path = "/admin/event-bus"

const decodeResponse = (response: HttpClientResponse, url: string) =>
  Effect.gen(function* () {
    const body = yield* Effect.orElseSucceed(response.json, () => ({}))
    if (response.status === 200) return yield* Schema.decodeUnknown(Status)(body)
    const { detail } = yield* Schema.decodeUnknown(Problem)(body)
    return yield* new BusSwitchFailed({ message: detail })
  }).pipe(
    Effect.catchTag(
      "ParseError",
      () => new BusSwitchFailed({ message: `The server at ${url} answered ${response.status}` })
    )
  )

/** Sends the request to the server at `HOST` and `PORT`. */
const send = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const { client, url } = yield* runningServer
    return yield* client.execute(request).pipe(
      Effect.mapError(() => new BusSwitchFailed({ message: `The server at ${url} doesn't answer` })),
      Effect.flatMap((response) => decodeResponse(response, url)),
      Effect.scoped
    )
  })

const read = send(HttpClientRequest.get(path))

const print = ({ nodes, phase }: Status) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (phase !== null) yield* terminal.display(`Target phase of all nodes: ${phase}\n`)
    const rows = nodes.map((node) => [
      node.nodeId,
      node.bus,
      node.phase ?? "",
      node.silent ?? "",
      node.compared === null
        ? ""
        : `${node.compared.both} on both, ${node.compared.onlyFirst} only on the first, ${node.compared.onlySecond} only on the second`
    ])
    yield* terminal.display(formatTable(["node", "bus", "phase", "silent because", "compared"], rows, rows.length))
  })

const switchPhase = (by: (phase: BusPhase) => BusPhase | undefined, atTheEnd: string) =>
  Effect.gen(function* () {
    const { phase } = yield* read
    const to = phase === null ? "first" : by(phase)
    if (to === undefined) return yield* new BusSwitchFailed({ message: atTheEnd })
    return yield* Effect.flatMap(HttpClientRequest.bodyJson(HttpClientRequest.post(path), { phase: to }), send)
  }).pipe(Effect.flatMap(print), Effect.provide(Settings.layer))

const status = Command.make("status", {}, () => read.pipe(Effect.flatMap(print), Effect.provide(Settings.layer))).pipe(
  Command.withDescription("Shows the nodes, their buses and the phase of a switch")
)
const forward = Command.make("forward", {}, () =>
  switchPhase(nextPhase, "The second bus is the only one already")
).pipe(Command.withDescription("Moves one phase forward, once every node has reached the current one"))
const back = Command.make("back", {}, () => switchPhase(phaseBefore, "The first bus is the only one already")).pipe(
  Command.withDescription("Moves one phase back")
)

export const busCommands = [status, forward, back] as const
export const bus = Command.make("bus").pipe(
  Command.withDescription("Shows the event bus between nodes, and switches to another one"),
  Command.withSubcommands(busCommands)
)
