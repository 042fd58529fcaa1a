// Membership of the nodes that share a log: each reports its status every half second and reads the
// phase of the bus switch. A single process with one bus keeps no rows.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase, type PhaseRefused } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

export const NodeReport = Schema.Struct({
  /** `EVENT_BUS`. */
  bus: Schema.String,
  /** Phase that the node has reached; null with one bus. */
  phase: Schema.NullOr(BusPhase),
  /** Why no messages arrive from other nodes; null if they do. */
  silent: Schema.NullOr(Schema.String),
  /** Comparison of two buses; null with one. */
  compared: Schema.NullOr(Schema.Struct({ both: Schema.Number, onlyFirst: Schema.Number, onlySecond: Schema.Number }))
})
export type NodeReport = typeof NodeReport.Type

export interface NodeStatus extends NodeReport {
  readonly nodeId: string
  readonly instanceId: string
}

export interface ClusterMembershipService {
  /** The target phase of all nodes, as last read by this node. */
  readonly phase: () => BusPhase
  /** Sets the source of this node's reports. */
  readonly describe: (report: Effect.Effect<NodeReport>) => Effect.Effect<void>
  /** The phase as stored now; null with one bus. */
  readonly current: Effect.Effect<BusPhase | null, StoreUnavailable>
  /** Nodes that reported within 5 seconds. */
  readonly all: Effect.Effect<ReadonlyArray<NodeStatus>, StoreUnavailable>
  /**
   * Moves all nodes to a phase: forward by one when every node has reached the current one, back
   * from any.
   */
  readonly move: (to: BusPhase) => Effect.Effect<void, PhaseRefused | StoreUnavailable>
}

export class ClusterMembership extends Context.Tag("evenstar/ClusterMembership")<
  ClusterMembership,
  ClusterMembershipService
>() {}
