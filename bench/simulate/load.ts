// What is simulated, and what came of it.
import type { CommitOrder } from "./CommitOrder.ts"
import type { Costs } from "./costs.ts"
import type { Audience } from "./Population.ts"
import type { NodeCounts } from "./SimulatedNode.ts"
import type { Weights } from "./Weights.ts"

export interface Load extends Audience {
  readonly commandsPerSecond: number
  /** How many times the mean rate a burst has; 1 for none. Half a second in each two is one. */
  readonly burst: number
  /** Milliseconds of which commands come at multiples, as from a load generator; at any time where it isn't given. */
  readonly grain?: number
  /** The nodes that commands come to; all where it isn't given. */
  readonly commanded?: ReadonlyArray<number>
  /** Streams that have a session, of all: each is looked up every 5 seconds. */
  readonly sessions: number
  /** Events of one call of append_events at most. */
  readonly batch: number
  /** Milliseconds that a process which wakes up waits for a processor: 0 where the machines do nothing else. */
  readonly wakeDelay: number
  readonly seconds: number
  readonly seed: number
  /** Seconds after which the first node dies. */
  readonly killNodeAt?: number | undefined
}

export interface Outcome {
  readonly load: Load
  /** That came, were answered, were answered before the end, and were sent again because a node had died. */
  readonly commands: Readonly<Record<"sent" | "done" | "inTime" | "retried", number>>
  /** Milliseconds: of commands until they are answered, of changes until a stream has them. */
  readonly answers: Weights
  readonly deliveries: Weights
  readonly order: CommitOrder
  readonly nodes: ReadonlyArray<
    NodeCounts & { readonly streams: number; readonly cpu: number; readonly background: number }
  >
  /** Streams that each event was for, of all events that all living nodes have heard. */
  readonly due: number
  readonly restart: { readonly streams: number; readonly seconds: number } | undefined
}

/** Seconds between two heartbeats' worth of session looks, as in LiveFeed.ts. */
export const sessionsSeen = 5
/** CPU a second that a node's streams take while nothing happens, and the node itself; as a share of a core. */
export const backgroundOf = ({ node, stream }: Costs, streams: number, sessions: number): number =>
  (node.idle + streams * (stream.idle + (sessions * stream.check) / sessionsSeen)) / 1e6
