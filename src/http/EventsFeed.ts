// GET /events: the operator's view of the whole log, live, as server-sent JSON.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Sequence } from "../domain/StoredEvent.ts"
import { EventStore } from "../layers/EventStore.ts"
import { operatorCheck } from "./admin.ts"
import * as Body from "./Body.ts"
import { Door } from "./Door.ts"
import { EventStreams } from "./EventStreams.ts"
import { makeEventsHub } from "./EventsHub.ts"

const Digits = Schema.String.pipe(
  Schema.pattern(/^\d{1,15}$/, { message: () => "Expected a whole number, 0 or greater" }),
  Schema.compose(Schema.NumberFromString),
  Schema.compose(Sequence)
)
const decodeQuery = Body.decode(
  Schema.Struct({
    aggregateType: Schema.optional(Schema.NonEmptyString),
    aggregateId: Schema.optional(Schema.NonEmptyString),
    after: Schema.optional(Digits)
  })
)
const lastEventId = Schema.decodeUnknownOption(Digits)

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const door = yield* Door
    const store = yield* EventStore
    const streams = yield* EventStreams
    const hub = yield* makeEventsHub
    const operator = yield* operatorCheck

    door.route("GET", "/events", (incoming) =>
      Effect.gen(function* () {
        const { headers } = incoming.message
        yield* operator(incoming.message)
        const { after, ...filter } = yield* decodeQuery(incoming.query)
        const head = yield* store.head
        const resumed = Option.filter(lastEventId(headers["last-event-id"]), (id) => id <= head)
        const stream = yield* streams.open(incoming, { writer: hub.writer, session: null })
        hub.add(
          stream,
          filter,
          Option.getOrElse(resumed, () => after ?? head)
        )
        return undefined
      })
    )
  })
)
