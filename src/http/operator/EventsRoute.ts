// GET /events: the whole log as JSON over SSE, for the operator.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import * as Body from "../server/Body.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { lastEventId, Position, resetFrame } from "../sse/Cursors.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { operatorCheck } from "./admin.ts"
import { makeEventsBroadcast } from "./EventsBroadcast.ts"

const decodeQuery = Body.decode(
  Schema.Struct({
    aggregateType: Schema.optional(Schema.NonEmptyString),
    aggregateId: Schema.optional(Schema.NonEmptyString),
    after: Schema.optional(Position),
    logId: Schema.optional(Schema.NonEmptyString)
  })
)

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const router = yield* FastRouter
    const store = yield* EventStore
    const streams = yield* SseConnections
    const hub = yield* makeEventsBroadcast
    const operator = yield* operatorCheck
    /** Clients store the log id with their cursor and send it as `logId`. */
    const headers = ["evenstar-log-id", store.logId]

    router.route("GET", "/events", (incoming) =>
      Effect.gen(function* () {
        yield* operator(incoming.message)
        const { after, logId, ...filter } = yield* decodeQuery(incoming.query)
        const head = yield* store.head
        const asked = Option.getOrElse(lastEventId(incoming), () => after ?? head)
        const isOther = logId !== undefined && logId !== store.logId
        const reason = isOther ? "other-log" : asked > head ? "beyond-head" : undefined
        const position = reason === undefined ? asked : head
        const stream = yield* streams.open(incoming, { writer: hub.writer, session: null, position, headers })
        if (reason !== undefined) stream.send(resetFrame(reason, head))
        hub.add(stream, filter, position)
        return undefined
      })
    )
  })
)
