// A process with a service that never stops, run by launch.ts.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { launch } from "../../src/launch.ts"

const layer = Layer.scopedDiscard(
  Effect.acquireRelease(
    Effect.sync(() => {
      setInterval(() => {}, 60_000)
      process.stdout.write("Evenstar is stuck\n")
    }),
    () => Effect.never
  )
)

launch({ features: [], layer })
