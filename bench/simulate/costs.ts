// What each thing costs, measured by `npm run bench capacity` on the machine that is named. Another machine's figures come as a file of the same
// shape (`--costs`). CPU in microseconds, memory and messages in bytes.
import * as Schema from "effect/Schema"

const Figure = Schema.Number.pipe(Schema.nonNegative())

export const Costs = Schema.Struct({
  machine: Schema.String,
  node: Schema.Struct({
    /** Of a node without streams. */
    memory: Figure,
    /** CPU a second of a node that nobody asks anything: its looks at the log, its word to the others, timers. */
    idle: Figure,
    /** A turn of the event loop that brings commands, however many: sessions of one turn are one read. */
    turn: Figure,
    /** A command: HTTP, decision, its part of the commit, its event heard by its own node. */
    command: Figure,
    /** A call of append_events, whatever is in it. */
    batch: Figure,
    /** What one call of another node brings, and each event in it: decoded, pumped, put into list states, read models and analytics. */
    news: Figure,
    heard: Figure,
    /** A commit of analytics, which every node keeps for itself: ten a second at most, however many events are in it. */
    round: Figure,
    /** A list's change made into HTML, once for all its streams on a node. */
    show: Figure,
    /** That, written to one stream. */
    delivery: Figure
  }),
  stream: Schema.Struct({
    memory: Figure,
    /** Opened with its session and the list's state. */
    open: Figure,
    /** CPU a second of a stream that nothing is sent to but heartbeats. */
    idle: Figure,
    /** A look whether its session still is one; every 5 seconds. */
    check: Figure,
    /** Bytes of a change on the wire. */
    frame: Figure
  }),
  postgres: Schema.Struct({
    /** CPU a second for a node that is idle. */
    idle: Figure,
    /** A read of the sessions of one turn's commands. */
    read: Figure,
    /** A call of append_events, and an event in it. */
    batch: Figure,
    event: Figure,
    /** A session that is looked up for a stream. */
    check: Figure
  }),
  /** How long the order of commit is held: by a call, for each event in it, and until the disk has it. */
  order: Schema.Struct({ batch: Figure, event: Figure, sync: Figure }),
  bus: Schema.Struct({
    /** Bytes of an event. */
    message: Figure,
    /** CPU of the server: taken from one node, given to another. */
    taken: Figure,
    given: Figure,
    /** From node to node. */
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
