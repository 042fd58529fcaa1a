// The live bus: it rings when events are stored, here and, where EVENT_BUS names something that reaches them, on other nodes. What it
// carries is durable already, so it may lose, double and reorder: Subscriptions makes that good from the log.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Sequence, StoredEvent } from "../../domain/StoredEvent.ts"
import type { BusDifferences } from "./BusComparison.ts"

/** Events up to here are in the log, and the bus didn't carry them. */
export interface HeadAdvanced {
  readonly _tag: "HeadAdvanced"
  readonly upTo: Sequence
}

/** What a subscriber takes: events in order, or the number of events that it was too slow for, or only that there are some. */
export type BusMessage =
  | { readonly _tag: "Published"; readonly event: StoredEvent }
  | { readonly _tag: "Lagged"; readonly missed: number }
  | HeadAdvanced

export interface Subscription {
  /** All that is there, and at least one message: waits for the first. */
  readonly take: Effect.Effect<ReadonlyArray<BusMessage>>
}

export interface EventBusService {
  /** Hands events to all subscribers, in order. Never waits for one of them, nor for a network. */
  readonly publish: (events: ReadonlyArray<StoredEvent>) => Effect.Effect<void>
  /** Live when the effect returns; ends with the scope. */
  readonly subscribe: Effect.Effect<Subscription, never, Scope.Scope>
  /** Messages that subscribers missed since the start, in all. */
  readonly lagged: Effect.Effect<number>
  /** Why nothing comes from other nodes, if it should and doesn't. */
  readonly silent: () => string | undefined
  /** What one of two buses brought and the other didn't, since the start; nothing where there is one. */
  readonly compared: Effect.Effect<BusDifferences | undefined>
}

export class EventBus extends Context.Tag("evenstar/EventBus")<EventBus, EventBusService>() {}
