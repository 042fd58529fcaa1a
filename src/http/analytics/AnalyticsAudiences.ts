// Clients with the same filter share one board and one watch for each query, until the last leaves.
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Scope from "effect/Scope"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import { noEvents, type Sequence } from "../../domain/StoredEvent.ts"
import { AnalyticsCache } from "../../layers/analytics/AnalyticsCache.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import type { SseConnection } from "../sse/SseConnection.ts"
import { makeTicker } from "../sse/ticker.ts"
import { Board } from "./AnalyticsBoard.ts"
import { type AnalyticsFilter, keyOf } from "./analyticsFilter.ts"
import { Dashboard } from "./Dashboard.ts"

/** Audiences in total and for each network: each runs its queries again while events arrive. */
const maxAudiences = 200
const maxOfNetwork = 16

/** A client of the feed. */
export interface Viewer {
  readonly stream: SseConnection
  readonly filter: AnalyticsFilter
}

interface Member {
  readonly stream: SseConnection
  readonly audience: Audience
  /** The board's version that was sent last. */
  version: number
}

interface Audience {
  readonly key: string
  /** The network of the client that created the audience; charged for its queries. */
  readonly network: string
  readonly board: Board
  readonly members: Set<Member>
  /** Closing it ends the watches. */
  readonly scope: Scope.CloseableScope
}

export const makeAudiences = Effect.gen(function* () {
  const cache = yield* AnalyticsCache
  const dashboard = yield* Dashboard
  const run = yield* FiberSet.makeRuntime<never>()
  const whole = yield* Effect.scope
  const audiences = new Map<string, Audience>()
  const members = new Map<SseConnection, Member>()
  const changed = new Set<Audience>()

  /** Sends the newest version; a client that has not drained skips the versions in between. */
  const sendBoard = (member: Member) => {
    const { board } = member.audience
    if (member.version === board.version || !member.stream.isReady) return
    member.stream.send(board.frameSince(member.version))
    member.version = board.version
  }
  // Drawing a board takes milliseconds: yield to the event loop between two.
  const sendToMembers = ({ board, members }: Audience) =>
    Effect.zipRight(
      yieldToEventLoop,
      Effect.sync(() => {
        board.refresh()
        for (const member of members) sendBoard(member)
      })
    )
  const scheduleTick = yield* makeTicker(
    Effect.suspend(() => {
      const now = [...changed]
      changed.clear()
      return Effect.forEach(now, sendToMembers, { discard: true })
    })
  )

  const watch = (audience: Audience, question: Question) =>
    cache.watch(
      question,
      (news) => {
        const isWorse = audience.board.take(question, news)
        if (isWorse && Exit.isFailure(news)) run(Effect.logWarning("The query of a chart failed", news.cause))
        changed.add(audience)
        scheduleTick()
      },
      audience.network
    )
  const begin = Effect.fnUntraced(function* ({ filter, stream: { network } }: Viewer) {
    const key = keyOf(filter)
    const scope = yield* Scope.fork(whole, ExecutionStrategy.sequential)
    const board = new Board(dashboard, filter.shown)
    const audience: Audience = { key, network, board, members: new Set(), scope }
    audiences.set(key, audience)
    run(
      Effect.forEach(filter.shown, ({ question }) => watch(audience, question), { discard: true }).pipe(
        Scope.extend(scope),
        Effect.catchAllCause((cause) => Effect.logError("The query subscriptions of a dashboard failed", cause))
      )
    )
    return audience
  })

  return {
    /**
     * The limit that refuses a new audience. Existing audiences and the default filter are exempt.
     */
    full: (filter: AnalyticsFilter, from: string): "server" | "address" | undefined => {
      if (audiences.has(keyOf(filter)) || (filter.isUsual && filter.asked === undefined)) return undefined
      if (audiences.size >= maxAudiences) return "server"
      const own = [...audiences.values()].filter(({ network }) => network === from)
      return own.length >= maxOfNetwork ? "address" : undefined
    },
    /** Log position of the audience's board; 0 while no result is known. */
    position: (filter: AnalyticsFilter): Sequence => audiences.get(keyOf(filter))?.board.sequence ?? noEvents,
    /** Adds a client; it leaves with `leave`. */
    join: (viewer: Viewer) =>
      Effect.map(
        Effect.suspend(() => {
          const known = audiences.get(keyOf(viewer.filter))
          return known === undefined ? begin(viewer) : Effect.succeed(known)
        }),
        (audience) => {
          const { stream } = viewer
          const member = { stream, audience, version: 0 }
          audience.members.add(member)
          members.set(stream, member)
          sendBoard(member)
        }
      ),
    /** Call when the client has drained. */
    ready: (stream: SseConnection) => {
      const member = members.get(stream)
      if (member !== undefined) sendBoard(member)
    },
    leave: (stream: SseConnection) => {
      const member = members.get(stream)
      if (member === undefined) return
      const { audience } = member
      members.delete(stream)
      audience.members.delete(member)
      if (audience.members.size > 0) return
      audiences.delete(audience.key)
      changed.delete(audience)
      run(Scope.close(audience.scope, Exit.void))
    }
  }
})
