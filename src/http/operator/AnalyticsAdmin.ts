// /admin/analytics: what the operator may ask of analytics' rows: whether they are what the log says, and to make them anew.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as Effect from "effect/Effect"
import { Analytics } from "../../layers/analytics/Analytics.ts"
import { answered } from "../server/Errors.ts"
import { jsonResponse } from "../server/pageRoutes.ts"
import { requireOperator } from "./admin.ts"

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const analytics = yield* Analytics
    const operator = yield* requireOperator
    const verify = Effect.map(analytics.verify, (differences) => jsonResponse({ differences }))
    const rebuild = Effect.as(analytics.rebuild, jsonResponse({ status: "rebuilding" }, 202))
    yield* router.add("POST", "/admin/analytics/verify", answered(Effect.zipRight(operator, verify)))
    yield* router.add("POST", "/admin/analytics/rebuild", answered(Effect.zipRight(operator, rebuild)))
  })
)
