// Rows of cluster membership: each node's report, and the bus phase.
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BusPhase } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

/** Milliseconds without a report after which a node counts as gone. */
export const goneAfter = 5000

/** `report` is JSON text; another version may report other fields. */
export const NodeRow = Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, report: Schema.String })
export type NodeRow = typeof NodeRow.Type

/** The latest report of a node. */
export const ReportedNode = Schema.Struct({
  ...NodeRow.fields,
  /** Changes with each report; its value carries no meaning. */
  seenAt: Schema.Number,
  /** Reported within 5 seconds, by a wall clock that may have been set since. */
  isRecent: Schema.Boolean
})
export type ReportedNode = typeof ReportedNode.Type

export interface NodeRows {
  readonly phase: Effect.Effect<BusPhase, StoreUnavailable>
  readonly report: (row: NodeRow) => Effect.Effect<unknown, StoreUnavailable>
  /** All rows, ordered by node id. */
  readonly reported: Effect.Effect<ReadonlyArray<ReportedNode>, StoreUnavailable>
  /** Deletes rows that have not been reported again since. */
  readonly deleteStale: (stale: ReadonlyArray<ReportedNode>) => Effect.Effect<unknown, StoreUnavailable>
  readonly remove: (instanceId: string) => Effect.Effect<unknown, StoreUnavailable>
  /** Compare-and-set of the phase; true when it was still `from`. */
  readonly move: (from: BusPhase, to: BusPhase) => Effect.Effect<boolean, StoreUnavailable>
}
