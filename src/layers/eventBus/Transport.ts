// What a bus between machines must be able to do. It may lose, double and reorder: what it carries is in the log.
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BusName } from "../node/Settings.ts"

/** What a message is about: the bus's own address for it is made of this, escaped. */
export interface Address {
  readonly aggregateType: string
  readonly aggregateId: string
}

export interface Transport {
  readonly name: BusName | "dual"
  /** Bytes of a message at most. */
  readonly maxBytes: number
  /** Hands over a message and never waits. While the bus is away it is dropped. Throws nothing. */
  readonly send: (address: Address, message: string) => void
  /** Calls back with each message until the scope closes. Also begins, and goes on by itself, while the bus is away. */
  readonly subscribe: (listener: (message: string) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Why nothing comes, if nothing does. */
  readonly silent: () => string | undefined
}
