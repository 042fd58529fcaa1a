// GET /api/openapi.json: the OpenAPI description of the complete API.
import { createHash } from "node:crypto"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Queries } from "../../layers/analytics/Queries.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import { apiOf } from "./ApiContract.ts"
import { conditionalStatus } from "./conditional.ts"
import { PreconditionFailed } from "./Errors.ts"
import { FastRouter } from "./FastRouter.ts"
import { describe } from "./openApi.ts"

type Groups = ReadonlyArray<HttpApiGroup.HttpApiGroup.Any>

/** Built on the first request, to keep the start fast. */
const description = (groups: Groups, queries: typeof Queries.Service, site: string) => {
  const body = JSON.stringify(describe(OpenApi.fromApi(apiOf(groups, queries, site))))
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`
  return { status: 200, headers: { "cache-control": "no-cache", "content-type": "application/json", etag }, body }
}

export const layer = (groups: Groups) =>
  Layer.effectDiscard(
    Effect.map(Effect.all([FastRouter, Queries, SiteName]), ([router, queries, site]) => {
      let made: ReturnType<typeof description> | undefined
      router.route("GET", "/api/openapi.json", ({ message }) => {
        made ??= description(groups, queries, site)
        const { "cache-control": cacheControl, etag } = made.headers
        const status = conditionalStatus(message.headers, etag)
        if (status === 412) return Effect.fail(new PreconditionFailed())
        return status === 304 ? { status, headers: { "cache-control": cacheControl, etag }, body: "" } : made
      })
    })
  )
