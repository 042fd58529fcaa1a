// Costs measured by `npm run bench capacity` on the named machine; `--costs` reads other machines'
// from a file of this shape. CPU in microseconds, memory and messages in bytes.
import * as Schema from "effect/Schema"

const Figure = Schema.Number.pipe(Schema.nonNegative())

export const Costs = Schema.Struct({
  machine: Schema.String,
  node: Schema.Struct({
    /** Memory of a node without streams. */
    memory: Figure,
    /** CPU per second of an idle node: log polling, cluster heartbeat, timers. */
    idle: Figure,
    /** An event loop turn with commands, independent of their number: sessions are one read. */
    turn: Figure,
    /** A command: HTTP, decision, its share of the commit, and its event on its own node. */
    command: Figure,
    /** A call of append_events, independent of its size. */
    batch: Figure,
    /**
     * A batch from another node, and each event in it: decoding, states, projections, analytics.
     */
    news: Figure,
    heard: Figure,
    /** A commit of analytics, at most ten a second on each node. */
    round: Figure,
    /** Rendering a changed list, once for all its streams on a node. */
    show: Figure,
    /** Writing it to one stream. */
    delivery: Figure
  }),
  stream: Schema.Struct({
    memory: Figure,
    /** Opening a stream, including session and state. */
    open: Figure,
    /** CPU per second of a stream with heartbeats only. */
    idle: Figure,
    /** A session check, every 5 seconds. */
    check: Figure,
    /** Bytes of a change on the wire. */
    frame: Figure
  }),
  postgres: Schema.Struct({
    /** CPU per second for an idle node. */
    idle: Figure,
    /** Reading the sessions of one turn's commands. */
    read: Figure,
    /** A call of append_events, and each event in it. */
    batch: Figure,
    event: Figure,
    /** A session check for a stream. */
    check: Figure
  }),
  /** Time for which the commit lock is held: per call, per event, and for the fsync. */
  order: Schema.Struct({ batch: Figure, event: Figure, sync: Figure }),
  bus: Schema.Struct({
    /** Bytes of an event. */
    message: Figure,
    /** CPU of the bus server per message received and per message delivered. */
    taken: Figure,
    given: Figure,
    /** Latency between nodes. */
    latency: Figure
  })
})
export type Costs = typeof Costs.Type

export const decodeCosts = Schema.decodeUnknown(Schema.parseJson(Costs))

export const measured: Costs = {
  machine: "2 x Intel(R) Xeon(R) Processor, Node v20.20.2, all processes on it",
  node: {
    memory: 257000000,
    idle: 16100,
    turn: 515,
    command: 359,
    batch: 682,
    news: 284,
    heard: 337,
    round: 9060,
    show: 342,
    delivery: 13
  },
  stream: {
    memory: 9990,
    open: 1080,
    idle: 1.6,
    check: 32.2,
    frame: 2280
  },
  postgres: {
    idle: 8290,
    check: 5.6,
    read: 315,
    batch: 332,
    event: 28.5
  },
  order: {
    batch: 145,
    event: 24.9,
    sync: 367
  },
  bus: {
    message: 600,
    taken: 75.8,
    given: 16.7,
    latency: 227
  }
}
