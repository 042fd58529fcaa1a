// GET /lists/{listId}/feed: what its page shows of the list as HTML, whole, now and after each change. Rendered once for all who
// look at the same; a change touches only their streams, and a slow one skips what lies between: it gets the newest state, never a backlog.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { noVersion, type Version } from "../../domain/StoredEvent.ts"
import { authorize, type ListId } from "../../domain/TodoList.ts"
import { type ListState, TodoLists } from "../../layers/aggregates/TodoLists.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { lastEventId, makeResets } from "../sse/Cursors.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { makeTicker } from "../sse/ticker.ts"
import { type ListView, viewOf } from "../views/listWindow.ts"
import { ListFragments } from "./ListFragments.ts"

const retryAfter = "1 second"
/** Between looks at whether the sessions of open feeds are still there. */
const sessionsSeen = "5 seconds"

interface Client {
  readonly stream: SseConnection
  readonly actor: CurrentVisitor | null
  readonly listId: ListId
  readonly view: ListView
  /** The version that it was sent last. */
  version: Version
  /** There was a newer one that it could not take. */
  isBehind: boolean
}

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const door = yield* FastRouter
    const fragments = yield* ListFragments
    const lists = yield* TodoLists
    const sessions = yield* SessionStore
    const streams = yield* SseConnections
    const visitors = yield* Visitor
    const resetFor = yield* makeResets
    const run = yield* FiberSet.makeRuntime<never>()
    /** Who looks at a list. */
    const audiences = new Map<ListId, Set<Client>>()
    const clients = new Map<SseConnection, Client>()
    const changed = new Set<ListId>()

    /** Sends the state to a client that has not seen it; one that may no longer read the list is let go. */
    const show = (client: Client, state: ListState) => {
      const { actor, stream } = client
      if (Either.isLeft(authorize(state.list, actor, "read"))) return stream.end()
      if (client.version >= state.version) return
      client.isBehind = !stream.isReady
      if (client.isBehind) return
      stream.send(fragments.of(state, client.view).frame)
      client.version = state.version
    }

    const showAll = (listId: ListId) =>
      Effect.gen(function* () {
        const audience = audiences.get(listId)
        if (audience === undefined) return
        const state = yield* lists.current(listId)
        for (const client of audience) show(client, state)
      }).pipe(
        Effect.catchAllCause((cause) => {
          // What can't be read now is shown when it can: all others go on meanwhile.
          run(
            Effect.delay(
              Effect.sync(() => touch(listId)),
              retryAfter
            )
          )
          return Effect.logDebug("A list can't be shown to its feeds", cause)
        })
      )
    const ring = yield* makeTicker(
      Effect.suspend(() => {
        const now = [...changed]
        changed.clear()
        return Effect.forEach(now, showAll, { discard: true })
      })
    )
    const touch = (listId: ListId) => {
      if (!audiences.has(listId)) return
      changed.add(listId)
      ring()
    }
    yield* lists.onChange(touch)
    // Who has signed out elsewhere sees nothing more here: the browser comes back without a session, or not at all.
    yield* sessions.onEnd(streams.endSession)

    const writer: Writer = {
      ready: (stream) => {
        const client = clients.get(stream)
        if (client?.isBehind === true) touch(client.listId)
      },
      closed: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        clients.delete(stream)
        const audience = audiences.get(client.listId)
        audience?.delete(client)
        if (audience?.size === 0) audiences.delete(client.listId)
      }
    }

    // A session can also end without a word: it expires, or another process ends it.
    const isOver = ({ actor }: Client) =>
      actor === null ? Effect.succeed(false) : Effect.map(sessions.get(actor.id), Option.isNone)
    yield* Effect.suspend(() => Effect.filter(clients.values(), isOver, { concurrency: 64 })).pipe(
      Effect.flatMap((over) =>
        Effect.forEach(over, ({ stream }) => Effect.sync(() => stream.end()), { discard: true })
      ),
      Effect.catchAll((error) => Effect.logDebug("The sessions of open feeds can't be looked up", error)),
      Effect.repeat(Schedule.spaced(sessionsSeen)),
      Effect.forkScoped
    )

    door.feed("/lists/:listId/feed", (incoming) =>
      Effect.gen(function* () {
        const actor = yield* visitors.of(incoming)
        const { listId: id = "" } = incoming.params
        const { listId, sequence: position } = yield* visitors.guess(incoming, actor, id)(lists.get(id, actor))
        const reset = yield* resetFor(incoming, position)
        const session = actor?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        // Whoever changes the feeds of a shared stream has what the others have sent.
        const seen = streams.isShared(incoming.message) ? lastEventId(incoming) : Option.none()
        const view = viewOf(incoming.message.url)
        const client = { stream, actor, listId, view, version: noVersion, isBehind: false }
        const audience = audiences.get(listId) ?? new Set()
        audiences.set(listId, audience.add(client))
        clients.set(stream, client)
        // Read now that changes are heard: none falls in between.
        yield* Effect.match(lists.current(listId), {
          onSuccess: (state) => {
            if (Option.contains(seen, state.sequence)) client.version = state.version
            show(client, state)
          },
          onFailure: () => touch(listId)
        })
        return undefined
      })
    )
  })
)
