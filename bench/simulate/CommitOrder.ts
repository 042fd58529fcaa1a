// The commit lock shared by all nodes: append_events calls queue for it, including their fsync.
import type { Costs } from "./costs.ts"
import { Weights } from "./Weights.ts"

/** Microseconds for which a call with `events` events holds the lock. */
export const holds = ({ order }: Costs, events: number): number => order.batch + order.event * events + order.sync

export class CommitOrder {
  calls = 0
  events = 0
  /** Milliseconds for which the lock was held, and waiting times. */
  held = 0
  readonly waits = new Weights()
  private freeAt = 0

  constructor(
    private readonly costs: Costs,
    private readonly wakeDelay: number
  ) {}
  /** The time of commit of a call that arrives at `at`. */
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
