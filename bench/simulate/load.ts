// Input and outcome of a simulation.
import type { CommitOrder } from "./CommitOrder.ts"
import type { Costs } from "./costs.ts"
import type { Audience } from "./Population.ts"
import type { NodeCounts } from "./SimulatedNode.ts"
import type { Weights } from "./Weights.ts"

export interface Load extends Audience {
  readonly commandsPerSecond: number
  /** Factor of the mean rate during bursts (half a second in two); 1 for none. */
  readonly burst: number
  /** Arrivals are rounded up to multiples of so many milliseconds, as from a load generator. */
  readonly grain?: number
  /** Indices of the nodes that receive commands; all by default. */
  readonly commanded?: ReadonlyArray<number>
  /** Share of streams with a session, which is checked every 5 seconds. */
  readonly sessions: number
  /** Maximal events of a call of append_events. */
  readonly batch: number
  /** Milliseconds until a woken process gets a processor; 0 on dedicated machines. */
  readonly wakeDelay: number
  readonly seconds: number
  readonly seed: number
  /** Seconds after which the first node fails. */
  readonly killNodeAt?: number | undefined
}

export interface Outcome {
  readonly load: Load
  /** Commands sent, completed, completed before the end, and retried after a node failure. */
  readonly commands: Readonly<Record<"sent" | "done" | "inTime" | "retried", number>>
  /** Milliseconds: commands to their response, changes to a stream. */
  readonly answers: Weights
  readonly deliveries: Weights
  readonly order: CommitOrder
  readonly nodes: ReadonlyArray<
    NodeCounts & { readonly streams: number; readonly cpu: number; readonly background: number }
  >
  /** Deliveries due: the sum of streams over all events heard by living nodes. */
  readonly due: number
  readonly restart: { readonly streams: number; readonly seconds: number } | undefined
}

/** Seconds between session checks, as in LiveFeed.ts. */
export const sessionsSeen = 5
/** Share of a core used by a node and its idle streams. */
export const backgroundOf = ({ node, stream }: Costs, streams: number, sessions: number): number =>
  (node.idle + streams * (stream.idle + (sessions * stream.check) / sessionsSeen)) / 1e6
