// GET /analytics/feed: the dashboard as HTML, whole, and then what has changed, for as long as who looks at it may.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { authorize, type ListId } from "../../domain/TodoList.ts"
import { TodoLists } from "../../layers/aggregates/TodoLists.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { clientAddress, network } from "../server/address.ts"
import { TooManyStreams } from "../server/Errors.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { makeResets } from "../sse/Cursors.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { makeTicker } from "../sse/ticker.ts"
import { makeAudiences, type Viewer } from "./AnalyticsAudiences.ts"
import { dayOf, filterOf } from "./analyticsFilter.ts"

/** Between looks at whether open feeds may still go on as they are. */
const feedsSeen = "5 seconds"

interface Client extends Viewer {
  readonly actor: CurrentVisitor | null
}

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const audiences = yield* makeAudiences
    const door = yield* FastRouter
    const lists = yield* TodoLists
    const sessions = yield* SessionStore
    const streams = yield* SseConnections
    const visitors = yield* Visitor
    const resetFor = yield* makeResets
    const { trustProxy } = yield* Settings
    const clients = new Map<SseConnection, Client>()
    /** Those who look at one list's numbers. */
    const viewers = new Map<string, Set<Client>>()
    const changed = new Set<ListId>()

    const writer: Writer = {
      ready: audiences.ready,
      closed: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        clients.delete(stream)
        audiences.leave(stream)
        const { listId } = client.filter
        if (listId === undefined) return
        const others = viewers.get(listId)
        others?.delete(client)
        if (others?.size === 0) viewers.delete(listId)
      }
    }

    /** One read a list, however many look at it. */
    const endUnreadable = (listId: ListId) =>
      Effect.map(lists.current(listId), ({ list }) => {
        for (const { actor, stream } of viewers.get(listId) ?? []) {
          if (Either.isLeft(authorize(list, actor, "read"))) stream.end()
        }
      }).pipe(
        Effect.catchAll((error) => Effect.logDebug("Who may see a list's numbers is looked up again soon", error))
      )
    const ring = yield* makeTicker(
      Effect.suspend(() => {
        const now = [...changed]
        changed.clear()
        return Effect.forEach(now, endUnreadable, { discard: true })
      })
    )
    yield* lists.onChange((listId) => {
      if (!viewers.has(listId)) return
      changed.add(listId)
      ring()
    })

    /** The days that it shows have moved on, or the list or the session is no longer there for who looks at it. */
    const isOver = Effect.fnUntraced(function* ({ actor, filter: { isUsual, listId, today } }: Client) {
      if (isUsual && dayOf(yield* Clock.currentTimeMillis) !== today) return true
      if (listId === undefined) return false
      if (actor !== null && Option.isNone(yield* sessions.get(actor.id))) return true
      return yield* Effect.as(lists.get(listId, actor), false)
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

    door.feed("/analytics/feed", (incoming) =>
      Effect.gen(function* () {
        const actor = yield* visitors.of(incoming)
        const filter = yield* filterOf(incoming.message)
        if (filter.listId !== undefined)
          yield* visitors.guess(incoming, actor, filter.listId)(lists.get(filter.listId, actor))
        const position = audiences.position(filter)
        const reset = yield* resetFor(incoming, position)
        const of = audiences.full(filter, network(clientAddress(incoming.message, trustProxy)))
        if (of !== undefined) return yield* new TooManyStreams({ of })
        const session = actor?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        const client = { stream, actor, filter }
        clients.set(stream, client)
        if (filter.listId !== undefined) {
          const { listId } = filter
          viewers.set(listId, (viewers.get(listId) ?? new Set()).add(client))
          // Again, now that changes are heard: none falls in between.
          yield* endIfOver(client)
        }
        // It may have ended by now, and nothing would take it out again.
        if (clients.has(stream)) yield* audiences.join(client)
        return undefined
      })
    )
  })
)
