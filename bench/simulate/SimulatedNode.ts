// A node as a queue: one event loop, and streams updated once a tick (src/http/sse/ticker.ts).
import type { Agenda } from "./Agenda.ts"
import type { Costs } from "./costs.ts"
import type { Weights } from "./Weights.ts"

/** Minimal milliseconds between two flushes, as in ticker.ts. */
const interval = 5
/** Milliseconds between two commits of analytics, plus so many waits for processor or disk. */
const roundInterval = 110
const roundWaits = 6

interface Change {
  /** When the newest event was commanded. */
  commandedAt: number
  events: number
}

export interface NodeCounts {
  commands: number
  batches: number
  heard: number
  rounds: number
  /** Event loop turns with commands, and batches received from other nodes. */
  turns: number
  news: number
  shows: number
  deliveries: number
  /** Deliveries replaced by a newer state. */
  conflated: number
  opened: number
}

export interface NodeOptions {
  readonly agenda: Agenda
  readonly costs: Costs
  readonly wakeDelay: number
  /** Constant load of streams, sessions and log polling, as a share of a core. */
  readonly background: number
  /** Streams of a list currently on this node. */
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
  /** Milliseconds of CPU besides the background load. */
  cpu = 0
  private freeAt = 0
  private roundAt = Number.NEGATIVE_INFINITY
  private turnAt = Number.NEGATIVE_INFINITY
  private notBefore = 0
  private isHeadAdvanced = false
  private changed = new Map<number, Change>()

  constructor(private readonly options: NodeOptions) {}

  /** Queues work in microseconds; returns its completion time. */
  work(at: number, micros: number): number {
    const { background, wakeDelay } = this.options
    const isAsleep = at > this.freeAt
    const millis = micros / 1000
    this.cpu += millis
    // The background load slows down all other work.
    const begins = isAsleep ? at + wakeDelay : this.freeAt
    this.freeAt = begins + millis / (1 - Math.min(0.95, background))
    return this.freeAt
  }

  /** When the current queue is done. */
  free(at: number): number {
    return Math.max(at, this.freeAt)
  }

  /** Receives a command; returns when it is ready to commit. */
  take(at: number): number {
    const { command, turn } = this.options.costs.node
    const isNew = at > this.turnAt
    if (isNew) {
      this.counts.turns++
      // Commands that arrive before the turn begins are part of it.
      this.turnAt = at > this.freeAt ? at + this.options.wakeDelay : this.freeAt
    }
    this.counts.commands++
    return this.work(at, command / 2 + (isNew ? turn : 0))
  }

  /** Receives the events of one call of another node. */
  hearOf(at: number, events: number) {
    const { heard, news } = this.options.costs.node
    this.counts.news++
    this.counts.heard += events
    this.work(at, news + events * heard)
  }

  /** Handles an event of a list, own or remote. */
  hear(at: number, list: number, commandedAt: number) {
    const { audience, costs, wakeDelay } = this.options
    if (at > this.roundAt) {
      this.roundAt = Math.max(at, this.roundAt + roundInterval + roundWaits * wakeDelay)
      this.counts.rounds++
      // Runs on DuckDB's threads: uses CPU, but not the event loop.
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
    // Queued work may bring more changes.
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
