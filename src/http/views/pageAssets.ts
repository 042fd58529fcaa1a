// Looks up the built files for a page's entry script, and for pages without one.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Assets } from "../../layers/assets/Assets.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import type { PageAssets } from "./layout.tsx"

/** Call while building the Layer; the result reflects later builds. */
export const pageAssets = Effect.fnUntraced(function* (script: string) {
  const assets = yield* Assets
  const icon = yield* assets.assetUrl("favicon.svg")
  const touchIcon = yield* assets.assetUrl("icons/apple-touch-icon.png")
  const worker = yield* assets.assetUrl("liveWorker.ts")
  const page = yield* assets.page(script)
  const site = yield* SiteName
  return (): PageAssets => ({ ...page(), site, icon: icon(), touchIcon: touchIcon(), worker: worker() })
})

/** Style sheet and icons of error pages, which have no script. Optional: plain pages without. */
export class ErrorPageAssets extends Context.Reference<ErrorPageAssets>()("evenstar/ErrorPageAssets", {
  defaultValue: () => (): PageAssets | undefined => undefined
}) {
  static readonly layer = Layer.effect(
    ErrorPageAssets,
    Effect.map(pageAssets("index.ts"), (assets) => () => ({ ...assets(), scripts: [], preloads: [] }))
  )
}
