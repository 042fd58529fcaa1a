// What nodes tell each other, as rows: how each is, and the phase that all are to be in.
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BusPhase } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

/** Milliseconds after which a process that says nothing is none of the nodes any more. */
export const goneAfter = 5000

/** `report` is JSON text: a node of another version may say something else in it. */
export const NodeRow = Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, report: Schema.String })
export type NodeRow = typeof NodeRow.Type

/** A row as it was said last. */
export const ReportedNode = Schema.Struct({
  ...NodeRow.fields,
  /** Another number each time that it is said: which time it was is of no account. */
  seenAt: Schema.Number,
  /** It was said within 5 seconds, by a clock that may have been set since. */
  isRecent: Schema.Boolean
})
export type ReportedNode = typeof ReportedNode.Type

export interface NodeRows {
  readonly phase: Effect.Effect<BusPhase, StoreUnavailable>
  readonly report: (row: NodeRow) => Effect.Effect<unknown, StoreUnavailable>
  /** All rows, by the names of their nodes. */
  readonly reported: Effect.Effect<ReadonlyArray<ReportedNode>, StoreUnavailable>
  /** Deletes rows that have not been said anew meanwhile. */
  readonly deleteStale: (silent: ReadonlyArray<ReportedNode>) => Effect.Effect<unknown, StoreUnavailable>
  readonly remove: (instanceId: string) => Effect.Effect<unknown, StoreUnavailable>
  /** Not where it is at another phase than `from` by now; whether it did. */
  readonly move: (from: BusPhase, to: BusPhase) => Effect.Effect<boolean, StoreUnavailable>
}
