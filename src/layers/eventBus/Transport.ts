// A transport between nodes. It may lose, duplicate and reorder messages; the log has the events.
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BusName } from "../node/Settings.ts"

/** The aggregate of a message, from which the transport's address is derived. */
export interface Address {
  readonly aggregateType: string
  readonly aggregateId: string
}

export interface Transport {
  readonly name: BusName | "dual"
  /** Maximum bytes of a message. */
  readonly maxBytes: number
  /** Sends without waiting; drops the message while disconnected. Never throws. */
  readonly send: (address: Address, message: string) => void
  /**
   * Calls back with each message until the scope closes. Survives disconnections, also at the
   * start.
   */
  readonly subscribe: (listener: (message: string) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Why no messages arrive; undefined while they do. */
  readonly silent: () => string | undefined
}
