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
    /** An event loop that has nothing to do gets something: what comes together is cheaper than what comes alone. */
    wake: Figure,
    /** A command: HTTP, session, decision, its part of the commit, its event heard by its own node. */
    command: Figure,
    /** A call of append_events, whatever is in it. */
    batch: Figure,
    /** An event of another node: decoded, pumped, put into list states, read models and analytics. */
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
    /** Reads of a command: its session. */
    command: Figure,
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
  machine: "not measured yet",
  node: {
    memory: 180e6,
    idle: 20_000,
    wake: 100,
    command: 900,
    batch: 300,
    heard: 120,
    round: 8000,
    show: 150,
    delivery: 20
  },
  stream: { memory: 12_000, open: 500, idle: 2, check: 20, frame: 1500 },
  postgres: { idle: 10_000, command: 100, batch: 400, event: 60, check: 5 },
  order: { batch: 400, event: 40, sync: 300 },
  bus: { message: 700, taken: 10, given: 8, latency: 500 }
}
