// The order of commit: one lock for all nodes, a queue in which each call of append_events waits for those before it, its fsync included.
import type { Costs } from "./costs.ts"
import { Weights } from "./Weights.ts"

/** Microseconds that a call with so many events holds it. */
export const holds = ({ order }: Costs, events: number): number => order.batch + order.event * events + order.sync

export class CommitOrder {
  calls = 0
  events = 0
  /** Milliseconds that it was held, and waits for it. */
  held = 0
  readonly waits = new Weights()
  private freeAt = 0

  constructor(
    private readonly costs: Costs,
    private readonly wakeDelay: number
  ) {}

  /** When a call that comes at `at` is committed. */
  append(at: number, events: number): number {
    const hold = holds(this.costs, events) / 1000 + this.wakeDelay
    const begins = Math.max(at, this.freeAt)
    this.waits.add(begins - at, 1)
    this.freeAt = begins + hold
    this.held += hold
    this.calls++
    this.events += events
    return this.freeAt
  }
}
