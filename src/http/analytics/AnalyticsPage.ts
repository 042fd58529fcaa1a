// GET /analytics: the dashboard as HTML. A failed query's panel shows the reason.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { AnalyticsCache, type AnalyticsError, type QueryResult } from "../../layers/analytics/AnalyticsCache.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { RateLimited } from "../../layers/rateLimits/RateLimits.ts"
import { accountOf, Visitor } from "../account/Visitor.ts"
import { clientAddress, network } from "../server/address.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { pageReply } from "../server/replies.ts"
import { analyticsPage } from "../views/analytics/analytics.tsx"
import { pageAssets } from "../views/pageAssets.ts"
import { Board } from "./AnalyticsBoard.ts"
import { makeFilters } from "./analyticsFilter.ts"
import { Dashboard } from "./Dashboard.ts"
import { Subjects } from "./Subjects.ts"

const isRefused = (exit: Exit.Exit<QueryResult, AnalyticsError>) =>
  Exit.isFailure(exit) && Option.exists(Cause.failureOption(exit.cause), (error) => error instanceof RateLimited)

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const cache = yield* AnalyticsCache
    const dashboard = yield* Dashboard
    const filterOf = yield* makeFilters
    const subjects = (yield* Subjects).all()
    const router = yield* FastRouter
    const visitors = yield* Visitor
    const { trustProxy } = yield* Settings
    const assets = yield* pageAssets("analytics.ts")

    router.route("GET", "/analytics", (incoming) =>
      Effect.gen(function* () {
        const visitor = yield* visitors.of(incoming)
        const filter = yield* filterOf(incoming.message)
        const { asked, shown } = filter
        if (asked !== undefined)
          yield* visitors.limitGuesses(incoming, visitor, asked.id)(asked.subject.find(asked.id, visitor))
        const choices = yield* Effect.forEach(subjects, (subject) =>
          Effect.map(visitor === null ? Effect.succeed([]) : subject.options(visitor), (options) => ({
            subject,
            options,
            chosen: asked?.subject === subject ? asked.id : undefined
          }))
        )
        const board = new Board(dashboard, shown)
        const from = network(clientAddress(incoming.message, trustProxy))
        const exits = yield* Effect.forEach(
          shown,
          ({ question }) =>
            Effect.tapDefect(cache.get(question, from), (cause) =>
              Effect.logError("The query of a chart failed", cause)
            ).pipe(
              Effect.exit,
              Effect.tap((exit) => Effect.sync(() => board.take(question, exit)))
            ),
          { concurrency: "unbounded" }
        )
        const render = () => {
          board.refresh()
          return analyticsPage(assets(), accountOf(visitor), { filter, choices }, board.html)
        }
        // Without any result the service is unavailable; the page's feed shows the panels once it
        // is back.
        if (exits.some(Exit.isSuccess)) return yield* pageReply(incoming, render)
        const status = exits.some(isRefused) ? 429 : 503
        return yield* pageReply(incoming, render, status, { "retry-after": "5" })
      })
    )
  })
)
