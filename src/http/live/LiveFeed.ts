// GET {page}/feed: what a live page shows as HTML, whole, now and after each change. Rendered once for all who look at the same;
// a change touches only their streams, and a slow one skips what lies between: it gets the newest state, never a backlog.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Refusal } from "../../domain/Refusal.ts"
import { noVersion, type Version } from "../../domain/StoredEvent.ts"
import type { AggregateState, AggregateStore } from "../../layers/aggregates/AggregateStore.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { lastEventId, makeResets } from "../sse/Cursors.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { makeTicker } from "../sse/ticker.ts"
import type { Fragment } from "./Fragments.ts"

const retryAfter = "1 second"
/** Between looks at whether the sessions of open feeds are still there. */
const sessionsSeen = "5 seconds"

export interface Feed<Id extends string, State, Command, Refused extends Refusal, View> {
  readonly store: AggregateStore<Id, State, Command, Refused>
  /** With the id's name in it: `/polls/:pollId/feed`. */
  readonly path: `/${string}`
  readonly viewOf: (url: string | undefined) => View
  readonly fragmentOf: (state: AggregateState<Id, State>, view: View) => Fragment
}

export const serve = <Id extends string, State, Command, Refused extends Refusal, View>({
  fragmentOf,
  path,
  store,
  viewOf
}: Feed<Id, State, Command, Refused, View>) =>
  Effect.gen(function* () {
    interface Client {
      readonly stream: SseConnection
      readonly actor: CurrentVisitor | null
      readonly id: Id
      readonly view: View
      /** The version that it was sent last. */
      version: Version
      /** There was a newer one that it could not take. */
      isBehind: boolean
    }

    const router = yield* FastRouter
    const sessions = yield* SessionStore
    const streams = yield* SseConnections
    const visitors = yield* Visitor
    const resetFor = yield* makeResets
    const run = yield* FiberSet.makeRuntime<never>()
    /** Who looks at the same aggregate. */
    const audiences = new Map<Id, Set<Client>>()
    const clients = new Map<SseConnection, Client>()
    const changed = new Set<Id>()

    /** Sends the state to a client that has not seen it; one that may no longer read it is let go. */
    const show = (client: Client, state: AggregateState<Id, State>) => {
      const { actor, stream } = client
      if (Either.isLeft(store.authorize(state.state, actor, "read"))) return stream.end()
      if (client.version >= state.version) return
      client.isBehind = !stream.isReady
      if (client.isBehind) return
      stream.send(fragmentOf(state, client.view).frame)
      client.version = state.version
    }

    const showAll = (id: Id) =>
      Effect.gen(function* () {
        const audience = audiences.get(id)
        if (audience === undefined) return
        const state = yield* store.current(id)
        for (const client of audience) show(client, state)
      }).pipe(
        Effect.catchAllCause((cause) => {
          // What can't be read now is shown when it can: all others go on meanwhile.
          run(
            Effect.delay(
              Effect.sync(() => touch(id)),
              retryAfter
            )
          )
          return Effect.logDebug("A page can't be shown to its feeds", cause)
        })
      )
    const ring = yield* makeTicker(
      Effect.suspend(() => {
        const now = [...changed]
        changed.clear()
        return Effect.forEach(now, showAll, { discard: true })
      })
    )
    const touch = (id: Id) => {
      if (!audiences.has(id)) return
      changed.add(id)
      ring()
    }
    yield* store.onChange(touch)
    // Who has signed out elsewhere sees nothing more here: the browser comes back without a session, or not at all.
    yield* sessions.onEnd(streams.endSession)

    const writer: Writer = {
      ready: (stream) => {
        const client = clients.get(stream)
        if (client?.isBehind === true) touch(client.id)
      },
      closed: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        clients.delete(stream)
        const audience = audiences.get(client.id)
        audience?.delete(client)
        if (audience?.size === 0) audiences.delete(client.id)
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

    router.feed(path, (incoming) =>
      Effect.gen(function* () {
        const actor = yield* visitors.of(incoming)
        const asked = incoming.params[store.idName] ?? ""
        const { id, sequence: position } = yield* visitors.guess(incoming, actor, asked)(store.get(asked, actor))
        const reset = yield* resetFor(incoming, position)
        const session = actor?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        // Whoever changes the feeds of a shared stream has what the others have sent.
        const seen = streams.isShared(incoming.message) ? lastEventId(incoming) : Option.none()
        const view = viewOf(incoming.message.url)
        const client = { stream, actor, id, view, version: noVersion, isBehind: false }
        const audience = audiences.get(id) ?? new Set()
        audiences.set(id, audience.add(client))
        clients.set(stream, client)
        // Read now that changes are heard: none falls in between.
        yield* Effect.match(store.current(id), {
          onSuccess: (state) => {
            if (Option.contains(seen, state.sequence)) client.version = state.version
            show(client, state)
          },
          onFailure: () => touch(id)
        })
        return undefined
      })
    )
  })
