// The processes that share a log know of each other here: each says every half second how it is, and hears at which phase the switch between
// two buses stands. A process that is alone, with one bus, keeps no such rows.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase, type PhaseRefused } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"

export const NodeReport = Schema.Struct({
  /** `EVENT_BUS`. */
  bus: Schema.String,
  /** How far it has come; null where it has one bus. */
  phase: Schema.NullOr(BusPhase),
  /** Why it hears nothing from the others, if it doesn't. */
  silent: Schema.NullOr(Schema.String),
  /** What one of two buses brought it and the other didn't. */
  compared: Schema.NullOr(Schema.Struct({ both: Schema.Number, onlyFirst: Schema.Number, onlySecond: Schema.Number }))
})
export type NodeReport = typeof NodeReport.Type

export interface NodeStatus extends NodeReport {
  readonly nodeId: string
  readonly instanceId: string
}

export interface ClusterMembershipService {
  /** The phase that all nodes are to be in, as far as this one has heard. */
  readonly phase: () => BusPhase
  /** From now on this node says of itself what `report` gives. */
  readonly describe: (report: Effect.Effect<NodeReport>) => Effect.Effect<void>
  /** The same as it is written now; null where there is one bus. */
  readonly current: Effect.Effect<BusPhase | null, StoreUnavailable>
  /** Those that have said something within 5 seconds. */
  readonly all: Effect.Effect<ReadonlyArray<NodeStatus>, StoreUnavailable>
  /** Lets all nodes go to a phase. Forward by one, when each has reached the one before; back from anywhere. */
  readonly move: (to: BusPhase) => Effect.Effect<void, PhaseRefused | StoreUnavailable>
}

export class ClusterMembership extends Context.Tag("evenstar/ClusterMembership")<
  ClusterMembership,
  ClusterMembershipService
>() {}
