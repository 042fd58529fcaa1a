// Those who look at the same dashboard share one board and one watch a query, for as long as one of them is there.
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

/** Each costs its queries again and again while events come: so many in all, and of one network. */
const maxAudiences = 200
const maxOfNetwork = 16

/** Who looks at it. */
export interface Viewer {
  readonly stream: SseConnection
  readonly filter: AnalyticsFilter
}

interface Seat {
  readonly stream: SseConnection
  readonly audience: Audience
  /** Of the board, as it was sent last. */
  version: number
}

interface Audience {
  readonly key: string
  /** Of who was the first in it. */
  readonly network: string
  readonly board: Board
  readonly seats: Set<Seat>
  /** Holds the watches. */
  readonly scope: Scope.CloseableScope
}

export const makeAudiences = Effect.gen(function* () {
  const cache = yield* AnalyticsCache
  const dashboard = yield* Dashboard
  const run = yield* FiberSet.makeRuntime<never>()
  const whole = yield* Effect.scope
  const audiences = new Map<string, Audience>()
  const seats = new Map<SseConnection, Seat>()
  const touched = new Set<Audience>()

  /** One that has not drained yet skips what lies between: it is shown the newest when it has. */
  const show = (seat: Seat) => {
    const { board } = seat.audience
    if (seat.version === board.version || !seat.stream.isReady) return
    seat.stream.send(board.frameSince(seat.version))
    seat.version = board.version
  }
  // To draw a board takes milliseconds: others have their turn in between.
  const showAll = ({ board, seats }: Audience) =>
    Effect.zipRight(
      yieldToEventLoop,
      Effect.sync(() => {
        board.refresh()
        for (const seat of seats) show(seat)
      })
    )
  const ring = yield* makeTicker(
    Effect.suspend(() => {
      const now = [...touched]
      touched.clear()
      return Effect.forEach(now, showAll, { discard: true })
    })
  )

  const watch = (audience: Audience, question: Question) =>
    cache.watch(
      question,
      (news) => {
        const isWorse = audience.board.take(question, news)
        if (isWorse && Exit.isFailure(news)) run(Effect.logWarning("A chart can't be shown", news.cause))
        touched.add(audience)
        ring()
      },
      audience.network
    )
  const begin = Effect.fnUntraced(function* ({ filter, stream: { network } }: Viewer) {
    const key = keyOf(filter)
    const scope = yield* Scope.fork(whole, ExecutionStrategy.sequential)
    const board = new Board(dashboard, filter.shown)
    const audience: Audience = { key, network, board, seats: new Set(), scope }
    audiences.set(key, audience)
    run(
      Effect.forEach(filter.shown, ({ question }) => watch(audience, question), { discard: true }).pipe(
        Scope.extend(scope),
        Effect.catchAllCause((cause) => Effect.logError("A dashboard's queries can't be watched", cause))
      )
    )
    return audience
  })

  return {
    /** Whose limit stands in the way, if one does: there is always room for what others look at, and for what everybody sees. */
    full: (filter: AnalyticsFilter, from: string): "server" | "address" | undefined => {
      if (audiences.has(keyOf(filter)) || (filter.isUsual && filter.asked === undefined)) return undefined
      if (audiences.size >= maxAudiences) return "server"
      const own = [...audiences.values()].filter(({ network }) => network === from)
      return own.length >= maxOfNetwork ? "address" : undefined
    },
    /** The position that it stands for now: the log's beginning as long as nothing is known. */
    position: (filter: AnalyticsFilter): Sequence => audiences.get(keyOf(filter))?.board.sequence ?? noEvents,
    /** Shows it to one more, until it is left. */
    join: (viewer: Viewer) =>
      Effect.map(
        Effect.suspend(() => {
          const known = audiences.get(keyOf(viewer.filter))
          return known === undefined ? begin(viewer) : Effect.succeed(known)
        }),
        (audience) => {
          const { stream } = viewer
          const seat = { stream, audience, version: 0 }
          audience.seats.add(seat)
          seats.set(stream, seat)
          show(seat)
        }
      ),
    /** It may be sent more. */
    ready: (stream: SseConnection) => {
      const seat = seats.get(stream)
      if (seat !== undefined) show(seat)
    },
    leave: (stream: SseConnection) => {
      const seat = seats.get(stream)
      if (seat === undefined) return
      const { audience } = seat
      seats.delete(stream)
      audience.seats.delete(seat)
      if (audience.seats.size > 0) return
      audiences.delete(audience.key)
      touched.delete(audience)
      run(Scope.close(audience.scope, Exit.void))
    }
  }
})
