// GET /events: the operator's view of the whole log, live, as server-sent JSON.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { encodeStoredEvent, Sequence } from "../domain/StoredEvent.ts"
import { EventFeed } from "../layers/EventFeed.ts"
import { EventStore } from "../layers/EventStore.ts"
import { requireOperator } from "./admin.ts"
import * as Body from "./Body.ts"
import { answered } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"

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

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const feed = yield* EventFeed
    const store = yield* EventStore
    const streams = yield* EventStreams
    const operator = yield* requireOperator

    yield* router.add(
      "GET",
      "/events",
      answered(
        Effect.gen(function* () {
          yield* operator
          const { headers, url } = yield* HttpServerRequest.HttpServerRequest
          const { after, ...filter } = yield* decodeQuery(Object.fromEntries(new URLSearchParams(url.split("?")[1])))
          const head = yield* store.head
          const resumed = Option.filter(lastEventId(headers["last-event-id"]), (id) => id <= head)
          const events = feed.follow({ after: Option.getOrElse(resumed, () => after ?? head), filter })
          return yield* streams.serve(
            Stream.map(events, (event) => ({
              id: event.sequence,
              event: event.eventType,
              data: encodeStoredEvent(event)
            }))
          )
        })
      )
    )
  })
)
