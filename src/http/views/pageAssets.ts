// What a page loads with the entry script that it needs.
import * as Effect from "effect/Effect"
import { Assets } from "../../layers/assets/Assets.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import type { PageAssets } from "./layout.tsx"

/** To be called when the page is made. */
export const pageAssets = Effect.fnUntraced(function* (script: string) {
  const assets = yield* Assets
  const icon = yield* assets.assetUrl("favicon.svg")
  const worker = yield* assets.assetUrl("liveWorker.ts")
  const page = yield* assets.page(script)
  const site = yield* SiteName
  return (): PageAssets => ({ ...page(), site, icon: icon(), worker: worker() })
})
