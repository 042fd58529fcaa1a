// POST /admin/analytics/verify and /rebuild, for `evenstar analytics`.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Analytics } from "../../layers/analytics/Analytics.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { jsonReply } from "../server/replies.ts"
import { operatorCheck } from "./admin.ts"

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const analytics = yield* Analytics
    const operator = yield* operatorCheck
    const router = yield* FastRouter
    const verify = Effect.map(analytics.verify, (differences) => jsonReply({ differences }))
    const rebuild = Effect.as(analytics.rebuild, jsonReply({ status: "rebuilding" }, 202))
    router.route("POST", "/admin/analytics/verify", ({ message }) => Effect.zipRight(operator(message), verify))
    router.route("POST", "/admin/analytics/rebuild", ({ message }) => Effect.zipRight(operator(message), rebuild))
  })
)
