// GET /manifest.webmanifest: the site as an application of its own (W3C Web Application Manifest).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Assets } from "../../layers/assets/Assets.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import { webManifestPath } from "../views/layout.tsx"
import { theme } from "../views/theme.ts"
import { FastRouter } from "./FastRouter.ts"

const icons = [
  { name: "icons/icon-192.png", sizes: "192x192", purpose: "any" },
  { name: "icons/icon-512.png", sizes: "512x512", purpose: "any" },
  { name: "icons/icon-maskable-512.png", sizes: "512x512", purpose: "maskable" }
] as const

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const assets = yield* Assets
    const router = yield* FastRouter
    const name = yield* SiteName
    const vector = yield* assets.assetUrl("favicon.svg")
    const images = yield* Effect.forEach(icons, ({ name: file, ...icon }) =>
      Effect.map(assets.assetUrl(file), (url) => () => ({ src: url(), type: "image/png", ...icon }))
    )
    const manifest = () =>
      JSON.stringify({
        name,
        short_name: name,
        // Identifies the application, whatever `start_url` will be.
        id: "/",
        start_url: "/",
        scope: "/",
        display: "standalone",
        lang: "en",
        background_color: theme.light,
        theme_color: theme.light,
        icons: [
          { src: vector(), type: "image/svg+xml", sizes: "any", purpose: "any" },
          ...images.map((image) => image())
        ]
      })
    router.route("GET", webManifestPath, () => ({
      status: 200,
      headers: { "cache-control": "no-cache", "content-type": "application/manifest+json" },
      body: manifest()
    }))
  })
)
