// Whether the process still wants requests. From the first signal on it says no, while it goes on answering: whoever hands out
// requests has time to look elsewhere.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Readiness extends Context.Tag("evenstar/Readiness")<
  Readiness,
  {
    readonly isEnding: () => boolean
    /** From now on it is ending. */
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
