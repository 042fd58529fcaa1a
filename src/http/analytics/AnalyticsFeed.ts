// GET /analytics/feed: the dashboard's HTML over SSE, complete and then the changed panels.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Settings } from "../../layers/node/Settings.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { clientAddress, network } from "../server/address.ts"
import { TooManyStreams } from "../server/Errors.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { makeResets } from "../sse/Cursors.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { makeAudiences, type Viewer } from "./AnalyticsAudiences.ts"
import { makeFilters } from "./analyticsFilter.ts"
import { dayOf } from "./days.ts"
import { type RequestedSubject, Subjects } from "./Subjects.ts"
import { makeSubjectViewers } from "./SubjectViewers.ts"

/** Interval at which open feeds are checked for expiry and access. */
const feedsSeen = "5 seconds"

interface Client extends Viewer {
  readonly actor: CurrentVisitor | null
}

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const audiences = yield* makeAudiences
    const filterOf = yield* makeFilters
    const router = yield* FastRouter
    const sessions = yield* SessionStore
    const streams = yield* SseConnections
    const visitors = yield* Visitor
    const resetFor = yield* makeResets
    const { trustProxy } = yield* Settings
    const clients = new Map<SseConnection, Client>()
    /** By the subjects' parameter names. */
    const viewers = new Map(
      yield* Effect.forEach((yield* Subjects).all(), (subject) =>
        Effect.map(makeSubjectViewers(subject), (those) => [subject.param, those] as const)
      )
    )
    const viewersOf = ({ subject }: RequestedSubject) => viewers.get(subject.param)

    const writer: Writer = {
      ready: audiences.ready,
      closed: (stream) => {
        const client = clients.get(stream)
        if (client === undefined) return
        clients.delete(stream)
        audiences.leave(stream)
        const { asked } = client.filter
        if (asked !== undefined) viewersOf(asked)?.delete(asked.id, client)
      }
    }

    /** The default days have moved on, or the session or the access to the subject has ended. */
    const isOver = Effect.fnUntraced(function* ({ actor, filter: { asked, isUsual, today } }: Client) {
      if (isUsual && dayOf(yield* Clock.currentTimeMillis) !== today) return true
      if (asked === undefined) return false
      if (actor !== null && Option.isNone(yield* sessions.get(actor.id))) return true
      return yield* Effect.as(asked.subject.find(asked.id, actor), false)
    })
    const endIfOver = (client: Client) =>
      isOver(client).pipe(
        Effect.catchAll((error) =>
          error.kind === "unavailable"
            ? Effect.as(Effect.logDebug("The session and access of an open feed could not be checked", error), false)
            : Effect.succeed(true)
        ),
        Effect.map((over) => over && client.stream.end())
      )
    yield* Effect.suspend(() => Effect.forEach([...clients.values()], endIfOver, { discard: true })).pipe(
      Effect.repeat(Schedule.spaced(feedsSeen)),
      Effect.forkScoped
    )

    router.feed("/analytics/feed", (incoming) =>
      Effect.gen(function* () {
        const actor = yield* visitors.of(incoming)
        const filter = yield* filterOf(incoming.message)
        const { asked } = filter
        if (asked !== undefined)
          yield* visitors.limitGuesses(incoming, actor, asked.id)(asked.subject.find(asked.id, actor))
        const position = audiences.position(filter)
        const reset = yield* resetFor(incoming, position)
        const of = audiences.full(filter, network(clientAddress(incoming.message, trustProxy)))
        if (of !== undefined) return yield* new TooManyStreams({ of })
        const session = actor?.session.handle ?? null
        const stream = yield* streams.open(incoming, { writer, session, position, ping: true })
        if (reset !== undefined) stream.send(reset)
        const client = { stream, actor, filter }
        clients.set(stream, client)
        if (asked !== undefined) {
          viewersOf(asked)?.add(asked.id, client)
          // Checked again after subscribing to changes: one in between would be missed.
          yield* endIfOver(client)
        }
        // The stream may have ended already; then no `closed` would remove the client.
        if (clients.has(stream)) yield* audiences.join(client)
        return undefined
      })
    )
  })
)
