// The contract of every SessionStore. The law builds a store per run: its cost limits their number.
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
