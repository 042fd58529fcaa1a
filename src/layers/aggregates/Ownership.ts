// Whose an aggregate is, by the read models of the features that keep owners: who owns it needs no guess at its id.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

/** One read, whether there is such an aggregate or not. */
export type Owns = (actor: Actor, id: string) => Effect.Effect<boolean, StoreUnavailable>

export class Ownership extends Context.Tag("evenstar/Ownership")<
  Ownership,
  {
    /** Asks this one too, until the scope closes. */
    readonly add: (owns: Owns) => Effect.Effect<void, never, Scope.Scope>
    readonly owns: Owns
  }
>() {
  static readonly layer = Layer.sync(Ownership, () => {
    const all = new Set<Owns>()
    return {
      add: (owns) =>
        Effect.acquireRelease(
          Effect.sync(() => void all.add(owns)),
          () => Effect.sync(() => all.delete(owns))
        ),
      owns: (actor, id) => Effect.exists(all, (owns) => owns(actor, id))
    }
  })
}
