// Ownership of aggregates, from the features' read models; owners bypass the limit on guessed ids.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

/** One read, also for a missing aggregate. */
export type OwnershipCheck = (actor: Actor, id: string) => Effect.Effect<boolean, StoreUnavailable>

export class Ownership extends Context.Tag("evenstar/Ownership")<
  Ownership,
  {
    /** Registers a check until the scope closes. */
    readonly add: (owns: OwnershipCheck) => Effect.Effect<void, never, Scope.Scope>
    readonly owns: OwnershipCheck
  }
>() {
  static readonly layer = Layer.sync(Ownership, () => {
    const all = new Set<OwnershipCheck>()
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
