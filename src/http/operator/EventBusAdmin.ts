// /admin/event-bus: the nodes' event buses, and the switch from one bus to another.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import { ClusterMembership } from "../../layers/node/ClusterMembership.ts"
import * as Body from "../server/Body.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { jsonReply } from "../server/replies.ts"
import { operatorCheck } from "./admin.ts"

const decode = Body.json(Schema.Struct({ phase: BusPhase }))

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { all, current, move } = yield* ClusterMembership
    const operator = yield* operatorCheck
    const router = yield* FastRouter

    /** `phase` is the target phase, null with a single bus; each node reports its own phase. */
    const status = Effect.map(Effect.all({ phase: current, nodes: all }), (found) => jsonReply(found))
    router.route("GET", "/admin/event-bus", ({ message }) => Effect.zipRight(operator(message), status))
    router.route("POST", "/admin/event-bus", (incoming) =>
      Effect.gen(function* () {
        yield* operator(incoming.message)
        const { phase } = yield* decode(incoming)
        yield* move(phase)
        return yield* status
      })
    )
  })
)
