// GET /analytics/feed: the dashboard as HTML, whole, and then what has changed, for as long as who looks at it may.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { SessionStore } from "../../layers/SessionStore.ts"
import { Settings } from "../../layers/Settings.ts"
import { TodoLists } from "../../layers/TodoLists.ts"
import { clientAddress, network } from "../address.ts"
import { makeResets } from "../Cursors.ts"
import { Door } from "../Door.ts"
import { TooManyStreams } from "../Errors.ts"
import type { EventStream, Writer } from "../EventStream.ts"
import { EventStreams } from "../EventStreams.ts"
import { type CurrentVisitor, Visitor } from "../Visitor.ts"
import { makeAudiences, type Viewer } from "./AnalyticsAudiences.ts"
import { dayOf, filterOf } from "./analyticsFilter.ts"

/** Between looks at whether open feeds may still go on as they are. */
const feedsSeen = "5 seconds"

interface Client extends Viewer {
  readonly asker: CurrentVisitor | null
}

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const audiences = yield* makeAudiences
    const door = yield* Door
    const lists = yield* TodoLists
    const sessions = yield* SessionStore
    const streams = yield* EventStreams
    const visitors = yield* Visitor
    const resetFor = yield* makeResets
    const { trustProxy } = yield* Settings
    const clients = new Map<EventStream, Client>()

    const writer: Writer = {
      ready: audiences.ready,
      closed: (stream) => {
        clients.delete(stream)
        audiences.leave(stream)
      }
    }

    /** The days that it shows have moved on, or the list or the session is no longer there for who looks at it. */
    const isOver = Effect.fnUntraced(function* ({ asker, filter: { isUsual, listId, today } }: Client) {
      if (isUsual && dayOf(yield* Clock.currentTimeMillis) !== today) return true
      if (listId === undefined) return false
      if (asker !== null && Option.isNone(yield* sessions.get(asker.id))) return true
      return yield* Effect.as(lists.get(listId, asker), false)
    })
    const endIfOver = (client: Client) =>
      isOver(client).pipe(
        Effect.catchTag("ListNotFound", () => Effect.succeed(true)),
        Effect.catchAll((error) => Effect.as(Effect.logDebug("An open feed can't be looked after", error), false)),
        Effect.map((over) => over && client.stream.end())
      )
    yield* Effect.suspend(() => Effect.forEach([...clients.values()], endIfOver, { discard: true })).pipe(
      Effect.repeat(Schedule.spaced(feedsSeen)),
      Effect.forkScoped
    )

    door.route("GET", "/analytics/feed", (incoming) =>
      Effect.gen(function* () {
        const asker = yield* visitors.of(incoming)
        const filter = yield* filterOf(incoming.message)
        if (filter.listId !== undefined) yield* visitors.guess(incoming)(lists.get(filter.listId, asker))
        const position = audiences.position(filter)
        const reset = yield* resetFor(incoming, position)
        const of = audiences.full(filter, network(clientAddress(incoming.message, trustProxy)))
        if (of !== undefined) return yield* new TooManyStreams({ of })
        const session = asker?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        const client = { stream, asker, filter }
        clients.set(stream, client)
        yield* audiences.join(client)
        return undefined
      })
    )
  })
)
