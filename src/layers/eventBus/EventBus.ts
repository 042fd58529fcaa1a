// The live bus: publishes stored events within the process and, depending on EVENT_BUS, to other
// nodes. It may lose, duplicate and reorder; Subscriptions fills gaps from the log.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Sequence, StoredEvent } from "../../domain/StoredEvent.ts"
import type { BusDifferences } from "./BusComparison.ts"

/** Announces a new head without its events. */
export interface HeadAdvanced {
  readonly _tag: "HeadAdvanced"
  readonly upTo: Sequence
}

/** A bus message: an event, a count of missed events, or a new head. */
export type BusMessage =
  | { readonly _tag: "Published"; readonly event: StoredEvent }
  | { readonly _tag: "Lagged"; readonly missed: number }
  | HeadAdvanced

export interface Subscription {
  /** Takes all pending messages; waits for the first. */
  readonly take: Effect.Effect<ReadonlyArray<BusMessage>>
}

/** Receives the items of another node's notice; `from` is that node's instance. */
export type NoticeListener = (items: ReadonlyArray<unknown>, from: string) => void

export interface EventBusService {
  /** Publishes to all subscribers, in order. Never waits for a subscriber or the network. */
  readonly publish: (events: ReadonlyArray<StoredEvent>) => Effect.Effect<void>
  /** Active once the effect returns; ends with the scope. */
  readonly subscribe: Effect.Effect<Subscription, never, Scope.Scope>
  /**
   * Sends items that are no events to the other nodes: nothing is stored, and they may be lost.
   * Never waits. An item beyond the transport's message size is dropped.
   */
  readonly tell: (topic: string, items: ReadonlyArray<unknown>) => void
  /** Calls back with the notices of other nodes, some of them twice, until the scope closes. */
  readonly onNotice: (topic: string, listener: NoticeListener) => Effect.Effect<void, never, Scope.Scope>
  /** Total messages missed by subscribers since the start. */
  readonly lagged: Effect.Effect<number>
  /** Why no messages arrive from other nodes; undefined while they do. */
  readonly silent: () => string | undefined
  /** Differences between two buses since the start; undefined with one bus. */
  readonly compared: Effect.Effect<BusDifferences | undefined>
}

export class EventBus extends Context.Tag("evenstar/EventBus")<EventBus, EventBusService>() {}
