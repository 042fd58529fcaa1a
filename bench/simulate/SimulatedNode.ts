// One node as a queue: its event loop does one thing after another, and its streams get what has changed once a tick (src/http/sse/ticker.ts).
import type { Agenda } from "./Agenda.ts"
import type { Costs } from "./costs.ts"
import type { Weights } from "./Weights.ts"

/** Milliseconds between two flushes at least, as in ticker.ts. */
const interval = 5
/** Between two commits of analytics: it rests for a hundred, and works ten and as long as it waits for a processor or the disk, so many times. */
const roundInterval = 110
const roundWaits = 6

interface Change {
  /** When the newest one was commanded. */
  commandedAt: number
  events: number
}

export interface NodeCounts {
  commands: number
  batches: number
  heard: number
  rounds: number
  /** Turns of the loop that brought commands, and calls of other nodes that it heard of. */
  turns: number
  news: number
  shows: number
  deliveries: number
  /** Deliveries that were not made because a newer state was there by then. */
  conflated: number
  opened: number
}

export interface NodeOptions {
  readonly agenda: Agenda
  readonly costs: Costs
  readonly wakeDelay: number
  /** What streams, sessions and looks at the log take all the time, as a share of a core. */
  readonly background: number
  /** Streams of a list on this node now. */
  readonly audience: (list: number) => number
  readonly latencies: Weights
}

export class SimulatedNode {
  readonly counts: NodeCounts = {
    commands: 0,
    batches: 0,
    heard: 0,
    rounds: 0,
    turns: 0,
    news: 0,
    shows: 0,
    deliveries: 0,
    conflated: 0,
    opened: 0
  }
  isDead = false
  /** Milliseconds of processor time beside the background. */
  cpu = 0
  private freeAt = 0
  private roundAt = Number.NEGATIVE_INFINITY
  private turnAt = Number.NEGATIVE_INFINITY
  private notBefore = 0
  private isHeadAdvanced = false
  private changed = new Map<number, Change>()

  constructor(private readonly options: NodeOptions) {}

  /** Puts work of so many microseconds behind what the loop has to do; when it is done. */
  work(at: number, micros: number): number {
    const { background, wakeDelay } = this.options
    const isAsleep = at > this.freeAt
    const millis = micros / 1000
    this.cpu += millis
    // What goes on all the time takes its share of every piece of work.
    const begins = isAsleep ? at + wakeDelay : this.freeAt
    this.freeAt = begins + millis / (1 - Math.min(0.95, background))
    return this.freeAt
  }

  /** When the loop has done what it has to do now. */
  free(at: number): number {
    return Math.max(at, this.freeAt)
  }

  /** A command comes, perhaps with others of its turn; when the loop is through with what it can do before the commit. */
  take(at: number): number {
    const { command, turn } = this.options.costs.node
    const isNew = at > this.turnAt
    if (isNew) {
      this.counts.turns++
      // Who comes before the loop gets there comes with it.
      this.turnAt = at > this.freeAt ? at + this.options.wakeDelay : this.freeAt
    }
    this.counts.commands++
    return this.work(at, command / 2 + (isNew ? turn : 0))
  }

  /** Events that one call of another node has brought. */
  hearOf(at: number, events: number) {
    const { heard, news } = this.options.costs.node
    this.counts.news++
    this.counts.heard += events
    this.work(at, news + events * heard)
  }

  /** An event of a list, its own or another node's. */
  hear(at: number, list: number, commandedAt: number) {
    const { audience, costs, wakeDelay } = this.options
    if (at > this.roundAt) {
      this.roundAt = Math.max(at, this.roundAt + roundInterval + roundWaits * wakeDelay)
      this.counts.rounds++
      // On threads of DuckDB's own: it takes a processor, and not the loop.
      this.cpu += costs.node.round / 1000
    }
    if (audience(list) === 0) return
    const change = this.changed.get(list)
    if (change === undefined) this.changed.set(list, { commandedAt, events: 1 })
    else {
      change.commandedAt = Math.max(change.commandedAt, commandedAt)
      change.events++
    }
    if (this.isHeadAdvanced) return
    this.isHeadAdvanced = true
    this.options.agenda.add(Math.max(at, this.notBefore), (due) => this.flush(due, true))
  }

  private flush(at: number, mayWait: boolean) {
    if (this.isDead) return
    // What is before it on the loop may bring more.
    if (mayWait && this.freeAt > at) return this.options.agenda.add(this.freeAt, (due) => this.flush(due, false))
    const { audience, costs, latencies } = this.options
    const changed = this.changed
    this.changed = new Map()
    this.isHeadAdvanced = false
    const began = Math.max(at, this.freeAt)
    let ended = began
    for (const [list, { commandedAt, events }] of changed) {
      const streams = audience(list)
      ended = this.work(at, costs.node.show + streams * costs.node.delivery)
      this.counts.shows++
      this.counts.deliveries += streams
      this.counts.conflated += (events - 1) * streams
      latencies.add(ended - commandedAt, streams)
    }
    this.notBefore = ended + Math.max(interval, ended - began)
  }
}
