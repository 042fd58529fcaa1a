// Whether the process accepts new requests. False from the first signal on, while requests are
// still served: load balancers need time to take the node out.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Readiness extends Context.Tag("evenstar/Readiness")<
  Readiness,
  {
    readonly isEnding: () => boolean
    /** Marks the process as shutting down. */
    readonly end: Effect.Effect<void>
  }
>() {
  static readonly layer = Layer.sync(Readiness, () => {
    let isEnding = false
    return {
      isEnding: () => isEnding,
      end: Effect.sync(() => {
        isEnding = true
      })
    }
  })
}
