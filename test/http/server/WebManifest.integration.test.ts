// The web app manifest over real HTTP.
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as WebManifest from "../../../src/http/server/WebManifest.ts"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { SiteName } from "../../../src/layers/node/SiteName.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { parse } from "../raw.ts"

const dependencies = WebManifest.layer.pipe(
  Layer.provide([Assets.layerMemory, Layer.succeed(SiteName, 'Shop "& Co')]),
  Layer.provideMerge(routeDependencies())
)

it.scoped("has the site's name, colours and icons", () =>
  Effect.gen(function* () {
    const client = yield* get(yield* listening, "/manifest.webmanifest", { connection: "close" })
    yield* until(client.isClosed)
    const { body, headers, status } = parse(client.text())
    expect(status).toBe(200)
    expect(headers.get("content-type")).toEqual(["application/manifest+json"])
    expect(headers.get("cache-control")).toEqual(["no-cache"])
    expect(headers.get("content-security-policy")?.[0]).toContain("manifest-src 'self'")
    const manifest = JSON.parse(body)
    expect(manifest).toMatchObject({
      name: 'Shop "& Co',
      start_url: "/",
      display: "standalone",
      background_color: expect.stringMatching(/^#[\da-f]{6}$/),
      theme_color: expect.stringMatching(/^#[\da-f]{6}$/)
    })
    expect(manifest.icons).toContainEqual({
      src: "/static/icons/icon-maskable-512.png",
      type: "image/png",
      sizes: "512x512",
      purpose: "maskable"
    })
  }).pipe(Effect.provide(dependencies))
)
