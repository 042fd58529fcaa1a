// GET {page}/feed: the HTML of a live page over SSE, complete, now and after each change. To a page
// with htmx, which applies partials, it sends what has changed, and who is present. Rendered once
// for all clients of a view; a slow client skips versions (conflation).
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Refusal } from "../../domain/Refusal.ts"
import { noVersion, type Version } from "../../domain/StoredEvent.ts"
import type { AggregateState, AggregateStore } from "../../layers/aggregates/AggregateStore.ts"
import { alone, Presence, type Present } from "../../layers/presence/Presence.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { lastEventId, makeResets } from "../sse/Cursors.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"
import { makeTicker } from "../sse/ticker.ts"
import type { Fragment } from "./Fragments.ts"

const retryAfter = "1 second"
/** Interval at which the sessions of open feeds are checked. */
const sessionsSeen = "5 seconds"

export interface Feed<Id extends string, State, Command, Refused extends Refusal, View> {
  readonly store: AggregateStore<Id, State, Command, Refused>
  /** Contains the id's parameter: `/polls/:pollId/feed`. */
  readonly path: `/${string}`
  readonly viewOf: (url: string | undefined) => View
  readonly viewKey: (state: State, view: View) => string
  readonly fragmentOf: (state: AggregateState<Id, State>, view: View) => Fragment
}

export const serve = <Id extends string, State, Command, Refused extends Refusal, View>({
  fragmentOf,
  path,
  store,
  viewKey,
  viewOf
}: Feed<Id, State, Command, Refused, View>) =>
  Effect.gen(function* () {
    interface Client {
      readonly stream: SseConnection
      /** Asked by a page with htmx, over its own or the browser's shared stream. */
      readonly isPage: boolean
      readonly actor: CurrentVisitor | null
      readonly id: Id
      readonly view: View
      /** The version sent last, and the key of its view: changes of the same one can follow. */
      version: Version
      viewKey: string | undefined
      /** A newer version is pending until the client drains. */
      isBehind: boolean
      /** Who is counted: a session, or a connection without one. */
      readonly viewer: string
      /** As the client knows it; undefined if unknown. */
      present: Present | undefined
    }

    const router = yield* FastRouter
    const sessions = yield* SessionStore
    const streams = yield* SseConnections
    const visitors = yield* Visitor
    const presence = yield* Presence
    const resetFor = yield* makeResets
    const run = yield* FiberSet.makeRuntime<never>()
    /** Clients by aggregate. */
    const audiences = new Map<string, Set<Client>>()
    const clients = new Map<SseConnection, Client>()
    const changed = new Set<Id>()
    let withoutSession = 0

    const pagePrefix = `${path} `
    const pageOf = ({ id }: Client) => `${pagePrefix}${id}`
    const presenceFrames = new WeakMap<Present, Frame>()
    /** Encoded once for all clients; without an id, so that positions stay. */
    const frameOf = (present: Present) => {
      const known = presenceFrames.get(present)
      if (known !== undefined) return known
      const frame = new Frame(encodeFrame({ event: "presence", data: JSON.stringify(present) }))
      presenceFrames.set(present, frame)
      return frame
    }
    /** Sends who is present, after the first fragment. */
    const showPresence = (client: Client, present: Present) => {
      if (!client.isPage || client.present === present || client.version === noVersion || !client.stream.isReady) return
      client.stream.send(frameOf(present))
      client.present = present
    }
    yield* presence.onChange((page) => {
      const audience = page.startsWith(pagePrefix) ? audiences.get(page.slice(pagePrefix.length)) : undefined
      if (audience === undefined) return
      const present = presence.of(page)
      for (const client of audience) showPresence(client, present)
    })

    /** Sends the state to a client that lacks it; ends the stream of one that may not read it. */
    const show = (client: Client, state: AggregateState<Id, State>) => {
      const { actor, stream } = client
      if (Either.isLeft(store.authorize(state.state, actor, "read"))) return stream.end()
      if (client.version >= state.version) return
      client.isBehind = !stream.isReady
      if (client.isBehind) return
      const key = viewKey(state.state, client.view)
      const fragment = fragmentOf(state, client.view)
      stream.send(client.isPage && key === client.viewKey ? fragment.frameSince(client.version) : fragment.frame)
      client.version = state.version
      client.viewKey = key
    }

    const showAll = (id: Id) =>
      Effect.gen(function* () {
        const audience = audiences.get(id)
        if (audience === undefined) return
        const state = yield* store.current(id)
        for (const client of audience) {
          show(client, state)
          showPresence(client, presence.of(pageOf(client)))
        }
      }).pipe(
        Effect.catchAllCause((cause) => {
          // A failed read is retried later and doesn't hold up the other aggregates.
          run(
            Effect.delay(
              Effect.sync(() => touch(id)),
              retryAfter
            )
          )
          return Effect.logDebug("A page could not be rendered for its feeds", cause)
        })
      )
    const scheduleTick = yield* makeTicker(
      Effect.suspend(() => {
        const now = [...changed]
        changed.clear()
        return Effect.forEach(now, showAll, { discard: true })
      })
    )
    const touch = (id: Id) => {
      if (!audiences.has(id)) return
      changed.add(id)
      scheduleTick()
    }
    yield* store.onChange(touch)
    // Signing out elsewhere ends the streams; the browser reconnects without the session.
    yield* sessions.onEnd(streams.endSession)

    const writer: Writer = {
      ready: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        if (client.isBehind) touch(client.id)
        else showPresence(client, presence.of(pageOf(client)))
      },
      closed: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        clients.delete(stream)
        presence.leave(pageOf(client), client.viewer)
        const audience = audiences.get(client.id)
        audience?.delete(client)
        if (audience?.size === 0) audiences.delete(client.id)
      }
    }

    // Sessions also end without a notification: by expiry, or in another process.
    const isOver = ({ actor }: Client) =>
      actor === null ? Effect.succeed(false) : Effect.map(sessions.get(actor.id), Option.isNone)
    yield* Effect.suspend(() => Effect.filter(clients.values(), isOver, { concurrency: 64 })).pipe(
      Effect.flatMap((over) =>
        Effect.forEach(over, ({ stream }) => Effect.sync(() => stream.end()), { discard: true })
      ),
      Effect.catchAll((error) => Effect.logDebug("The sessions of open feeds could not be checked", error)),
      Effect.repeat(Schedule.spaced(sessionsSeen)),
      Effect.forkScoped
    )

    router.feed(path, (incoming) =>
      Effect.gen(function* () {
        const actor = yield* visitors.of(incoming)
        const asked = incoming.params[store.idName] ?? ""
        const { id, sequence: position } = yield* visitors.limitGuesses(incoming, actor, asked)(store.get(asked, actor))
        const reset = yield* resetFor(incoming, position)
        const session = actor?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        // A client that reopens a shared stream has already received this state.
        const seen = streams.isShared(incoming.message) ? lastEventId(incoming) : Option.none()
        const view = viewOf(incoming.message.url)
        // A new client takes itself to be alone; one that returns may show what was before.
        const isNew = !streams.isShared(incoming.message) && Option.isNone(lastEventId(incoming))
        const client: Client = {
          stream,
          isPage: streams.isShared(incoming.message) || incoming.message.headers["hx-request"] === "true",
          actor,
          id,
          view,
          version: noVersion,
          viewKey: undefined,
          isBehind: false,
          viewer: session ?? `connection ${++withoutSession}`,
          present: isNew ? alone : undefined
        }
        const audience = audiences.get(id) ?? new Set()
        audiences.set(id, audience.add(client))
        clients.set(stream, client)
        presence.enter(pageOf(client), client.viewer)
        // Read after subscribing to changes, so none is missed.
        yield* Effect.match(store.current(id), {
          onSuccess: (state) => {
            if (Option.contains(seen, state.sequence)) {
              client.version = state.version
              client.viewKey = viewKey(state.state, view)
            }
            show(client, state)
          },
          onFailure: () => touch(id)
        })
        return undefined
      })
    )
  })
