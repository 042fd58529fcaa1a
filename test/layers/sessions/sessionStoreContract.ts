// What every SessionStore must do. Each run of the law builds a store: how many depends on what that costs.
import { describe } from "vitest"
import { sessionData } from "./sessionData.ts"
import type { LayerOf } from "./sessionFixtures.ts"
import { sessionIds } from "./sessionIds.ts"
import { sessionLifetimes } from "./sessionLifetimes.ts"

export const sessionStoreContract = (name: string, layer: LayerOf, runs: number) =>
  describe(name, () => {
    sessionIds(layer)
    sessionLifetimes(layer, runs)
    sessionData(layer)
  })
