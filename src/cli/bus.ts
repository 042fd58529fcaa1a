// `evenstar bus`: how the nodes hear of one another, and the switch from one bus to another, asked of a running server.
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
import { format } from "./table.ts"

export class NotSwitched extends Schema.TaggedError<NotSwitched>()("NotSwitched", { message: Schema.String }) {}

const Status = Schema.Struct({
  phase: Schema.NullOr(BusPhase),
  nodes: Schema.Array(Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, ...NodeReport.fields }))
})
type Status = typeof Status.Type
const Problem = Schema.Struct({ detail: Schema.String })

const path = "/admin/event-bus"

const answer = (response: HttpClientResponse, url: string) =>
  Effect.gen(function* () {
    const body = yield* Effect.orElseSucceed(response.json, () => ({}))
    if (response.status === 200) return yield* Schema.decodeUnknown(Status)(body)
    const { detail } = yield* Schema.decodeUnknown(Problem)(body)
    return yield* new NotSwitched({ message: detail })
  }).pipe(
    Effect.catchTag(
      "ParseError",
      () => new NotSwitched({ message: `The server at ${url} answered ${response.status}` })
    )
  )

/** Asks the server at `HOST` and `PORT`. */
const ask = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const { client, url } = yield* runningServer
    return yield* client.execute(request).pipe(
      Effect.mapError(() => new NotSwitched({ message: `The server at ${url} doesn't answer` })),
      Effect.flatMap((response) => answer(response, url)),
      Effect.scoped
    )
  })

const read = ask(HttpClientRequest.get(path))

const show = ({ nodes, phase }: Status) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (phase !== null) yield* terminal.display(`All nodes are to be at: ${phase}\n`)
    const rows = nodes.map((node) => [
      node.nodeId,
      node.bus,
      node.phase ?? "",
      node.silent ?? "",
      node.compared === null
        ? ""
        : `${node.compared.both} by both, ${node.compared.onlyFirst} by the first alone, ${node.compared.onlySecond} by the second alone`
    ])
    yield* terminal.display(format(["node", "bus", "is at", "hears nothing because", "compared"], rows, rows.length))
  })

const move = (by: (phase: BusPhase) => BusPhase | undefined, atTheEnd: string) =>
  Effect.gen(function* () {
    const { phase } = yield* read
    const to = phase === null ? "first" : by(phase)
    if (to === undefined) return yield* new NotSwitched({ message: atTheEnd })
    return yield* Effect.flatMap(HttpClientRequest.bodyJson(HttpClientRequest.post(path), { phase: to }), ask)
  }).pipe(Effect.flatMap(show), Effect.provide(Settings.layer))

const status = Command.make("status", {}, () => read.pipe(Effect.flatMap(show), Effect.provide(Settings.layer))).pipe(
  Command.withDescription("The nodes, their buses, and how far the switch is")
)
const forward = Command.make("forward", {}, () => move(nextPhase, "The second bus is the only one already")).pipe(
  Command.withDescription("One phase further; refused until every node has reached the one before")
)
const back = Command.make("back", {}, () => move(phaseBefore, "The first bus is the only one already")).pipe(
  Command.withDescription("One phase back")
)

export const bus = Command.make("bus").pipe(
  Command.withDescription("What carries events between nodes, and the switch from one bus to another"),
  Command.withSubcommands([status, forward, back])
)
