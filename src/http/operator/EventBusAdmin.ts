// /admin/event-bus: how the nodes hear of one another's events, and, where one bus takes another's place, the switch between the two.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import { Nodes } from "../../layers/node/Nodes.ts"
import * as Body from "../server/Body.ts"
import { answered } from "../server/Errors.ts"
import { exchange, jsonResponse } from "../server/pageRoutes.ts"
import { requireOperator } from "./admin.ts"

const decode = Body.json(Schema.Struct({ phase: BusPhase }))

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const { all, current, move } = yield* Nodes
    const operator = yield* requireOperator

    /** `phase` is where all nodes are to be, and null where there is one bus; each node's own is how far it is. */
    const status = Effect.map(Effect.all({ phase: current, nodes: all }), (found) => jsonResponse(found))
    const change = Effect.gen(function* () {
      const { message } = yield* exchange
      const body = yield* Effect.async<string, Body.ReadError>((resume) => Body.read(message, resume))
      const { phase } = yield* decode({ message, body: Either.right(body) })
      yield* move(phase)
    })
    yield* router.add("GET", "/admin/event-bus", answered(Effect.zipRight(operator, status)))
    yield* router.add(
      "POST",
      "/admin/event-bus",
      answered(operator.pipe(Effect.zipRight(change), Effect.zipRight(status)))
    )
  })
)
