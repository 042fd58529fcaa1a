// Looks up the built files for a page's entry script.
import * as Effect from "effect/Effect"
import { Assets } from "../../layers/assets/Assets.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import type { PageAssets } from "./layout.tsx"

/** Call while building the Layer; the result reflects later builds. */
export const pageAssets = Effect.fnUntraced(function* (script: string) {
  const assets = yield* Assets
  const icon = yield* assets.assetUrl("favicon.svg")
  const worker = yield* assets.assetUrl("liveWorker.ts")
  const page = yield* assets.page(script)
  const site = yield* SiteName
  return (): PageAssets => ({ ...page(), site, icon: icon(), worker: worker() })
})
