// GET /static/*: the built browser files, from memory.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Assets } from "../layers/Assets.ts"
import { Settings } from "../layers/Settings.ts"
import { answered, NotFound } from "./Errors.ts"

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const assets = yield* Assets
    const { environment } = yield* Settings
    const cacheControl = environment === "production" ? "public, max-age=31536000, immutable" : "no-store"
    yield* router.add(
      "GET",
      "/static/:file",
      answered(
        Effect.flatMap(HttpRouter.params, ({ file = "" }) =>
          Option.match(assets.get(file), {
            onNone: () => Effect.fail(new NotFound()),
            onSome: ({ body, contentType }) =>
              Effect.succeed(
                HttpServerResponse.uint8Array(body, { contentType, headers: { "cache-control": cacheControl } })
              )
          })
        )
      )
    )
  })
)
