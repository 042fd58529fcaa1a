// GET /analytics: the dashboard as it is now, for whoever asks. What can't be computed says why, in place of its chart.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { TodoLists } from "../../layers/aggregates/TodoLists.ts"
import { AnalyticsCache, type AnalyticsError, type QueryResult } from "../../layers/analytics/AnalyticsCache.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { RateLimited } from "../../layers/rateLimits/RateLimits.ts"
import { VisitorLists } from "../../layers/VisitorLists.ts"
import { Visitor } from "../account/Visitor.ts"
import { clientAddress, network } from "../server/address.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { accountOf, pageAssets, pageReply } from "../server/pageRoutes.ts"
import { analyticsPage } from "../views/analytics/analytics.tsx"
import { Board } from "./AnalyticsBoard.ts"
import { filterOf } from "./analyticsFilter.ts"

const isRefused = (exit: Exit.Exit<QueryResult, AnalyticsError>) =>
  Exit.isFailure(exit) && Option.exists(Cause.failureOption(exit.cause), (error) => error instanceof RateLimited)

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const cache = yield* AnalyticsCache
    const door = yield* FastRouter
    const lists = yield* TodoLists
    const visitorLists = yield* VisitorLists
    const visitors = yield* Visitor
    const { trustProxy } = yield* Settings
    const assets = yield* pageAssets("analytics.ts")

    door.route("GET", "/analytics", (incoming) =>
      Effect.gen(function* () {
        const visitor = yield* visitors.of(incoming)
        const filter = yield* filterOf(incoming.message)
        if (filter.listId !== undefined)
          yield* visitors.guess(incoming, visitor, filter.listId)(lists.get(filter.listId, visitor))
        const owned = visitor === null ? [] : yield* visitorLists.of(visitor)
        const board = new Board(filter.questions)
        const from = network(clientAddress(incoming.message, trustProxy))
        const exits = yield* Effect.forEach(
          filter.questions,
          (question) =>
            Effect.tapDefect(cache.get(question, from), (cause) =>
              Effect.logError("A chart can't be shown", cause)
            ).pipe(
              Effect.exit,
              Effect.tap((exit) => Effect.sync(() => board.take(question, exit)))
            ),
          { concurrency: "unbounded" }
        )
        const render = () => {
          board.refresh()
          return analyticsPage(assets(), accountOf(visitor), { filter, lists: owned }, board.html)
        }
        // With nothing to show it is the service that is missing; the page says so, and its feed shows when it is back.
        if (exits.some(Exit.isSuccess)) return yield* pageReply(incoming, render)
        const status = exits.some(isRefused) ? 429 : 503
        return yield* pageReply(incoming, render, status, { "retry-after": "5" })
      })
    )
  })
)
