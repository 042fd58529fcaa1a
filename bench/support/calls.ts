// What the processes of a benchmark ask each other over IPC: typed on both sides, checked on arrival.
import * as Schema from "effect/Schema"

export interface Call<Input, Output> {
  readonly name: string
  readonly input: Schema.Schema<Input>
  readonly output: Schema.Schema<Output>
}

const call = <Input, Output>(
  name: string,
  input: Schema.Schema<Input>,
  output: Schema.Schema<Output>
): Call<Input, Output> => ({ name, input, output })

const Nothing = Schema.Struct({})
const Pace = Schema.Struct({ rate: Schema.Number, seconds: Schema.Number })
const Percentiles = Schema.Struct({ p50: Schema.Number, p99: Schema.Number })

/** Any process with bench/control.ts loaded first: collect garbage, wait until that is through. */
export const Settle = call("settle", Nothing, Nothing)

/** A fan-out server: make that many events and send them to all clients. `seconds`: until the last was handed over. */
export const Publish = call(
  "publish",
  Pace,
  Schema.Struct({ first: Schema.Number, last: Schema.Number, seconds: Schema.Number })
)

/** bench/load/fan-out.ts: open streams on `/events`; returns when each has its first bytes. */
export const OpenClients = call("open", Schema.Struct({ port: Schema.Number, clients: Schema.Number }), Nothing)
/** … wait until all clients have the event `last`, at most `patience` seconds; what came since the last time. */
export const Delivered = call(
  "delivered",
  Schema.Struct({ first: Schema.Number, last: Schema.Number, patience: Schema.Number }),
  Schema.Struct({
    delivered: Schema.Number,
    /** Events that a client got out of order or twice, or that were missing between two that it got. */
    faults: Schema.Number,
    bytes: Schema.Number,
    ...Percentiles.fields
  })
)

/** bench/load/command.ts: closed loop of commands that add todos. */
export const AddTodos = call(
  "addTodos",
  Schema.Struct({ port: Schema.Number, connections: Schema.Number, seconds: Schema.Number }),
  Schema.Struct({ requests: Schema.Number, seconds: Schema.Number, ...Percentiles.fields })
)

/** bench/load/append.ts: a closed loop of appends to a log in PostgreSQL. */
export const Append = call(
  "append",
  Schema.Struct({ url: Schema.String, callers: Schema.Number, seconds: Schema.Number }),
  Schema.Struct({ events: Schema.Number, seconds: Schema.Number })
)

/** bench/load/bus.ts: listen on a bus with its bare client; publish there so many messages, `pause` ms between them. */
export const BusListen = call("busListen", Schema.Struct({ bus: Schema.String, url: Schema.String }), Nothing)
export const BusPublish = call(
  "busPublish",
  Schema.Struct({ bus: Schema.String, url: Schema.String, count: Schema.Number, pause: Schema.Number }),
  Nothing
)
/** … milliseconds from each message's sending to its arrival, since the last time. */
export const BusHeard = call("busHeard", Nothing, Schema.Struct({ millis: Schema.Array(Schema.Number) }))

/** bench/load/lists.ts: make lists with one todo each and, if asked to, open one list feed each. */
export const PrepareLists = call(
  "prepareLists",
  Schema.Struct({ port: Schema.Number, lists: Schema.Number, subscribe: Schema.Boolean }),
  Nothing
)
/** … rename their todos, open loop; every subscriber must see its list's last text and never another list's. */
export const RenameTodos = call(
  "renameTodos",
  Pace,
  Schema.Struct({
    commands: Schema.Number,
    seconds: Schema.Number,
    /** Fragments that showed a change, and changes that were shown together with the next one. */
    shown: Schema.Number,
    conflated: Schema.Number,
    /** Fragments with another list's text or an older one, and subscribers that never got the last change. */
    faults: Schema.Number,
    ...Percentiles.fields
  })
)

/**
 * bench/load/latency.ts: a list with open streams, on another node where `streams` is another port; commands one after another, `pause` ms
 * between them.
 */
export const Probe = call(
  "probe",
  Schema.Struct({
    port: Schema.Number,
    streams: Schema.optional(Schema.Number),
    feed: Schema.Boolean,
    count: Schema.Number,
    pause: Schema.Number
  }),
  Schema.Struct({
    event: Schema.Array(Schema.Number),
    fragment: Schema.Array(Schema.Number),
    answer: Schema.Array(Schema.Number)
  })
)

/** bench/load/catch-up.ts: read `/events?after=…` up to and with `last`. */
export const CatchUp = call(
  "catchUp",
  Schema.Struct({ port: Schema.Number, after: Schema.Number, last: Schema.Number }),
  Schema.Struct({ seconds: Schema.Number, faults: Schema.Number, bytes: Schema.Number })
)

/** bench/load/sessions.ts: make one list; read it at a steady rate, as sessions that take turns, or as nobody. */
export const ReadList = call(
  "readList",
  Schema.Struct({
    port: Schema.Number,
    sessions: Schema.NullOr(Schema.Struct({ first: Schema.Number, count: Schema.Number })),
    ...Pace.fields
  }),
  Schema.Struct({
    requests: Schema.Number,
    seconds: Schema.Number,
    /** Answers that renewed the cookie. */
    renewed: Schema.Number,
    ...Percentiles.fields
  })
)

/** bench/load/buffer.ts: closed loop of one GET, with headers that are given; every answer must have the status. */
export const GetAgain = call(
  "getAgain",
  Schema.Struct({
    port: Schema.Number,
    path: Schema.String,
    headers: Schema.String,
    status: Schema.Number,
    connections: Schema.Number,
    seconds: Schema.Number
  }),
  Schema.Struct({ requests: Schema.Number, seconds: Schema.Number, ...Percentiles.fields })
)

/** bench/load/dashboards.ts: so many open dashboards, each of another range of days; what they have been sent since the last time. */
export const OpenDashboards = call(
  "openDashboards",
  Schema.Struct({ port: Schema.Number, dashboards: Schema.Number }),
  Nothing
)
export const Shown = call("shown", Nothing, Schema.Struct({ frames: Schema.Number }))

const Response = Schema.Struct({
  headers: Schema.Array(Schema.Tuple(Schema.String, Schema.String)),
  body: Schema.String
})
/** bench/load/idle.ts: what a stream's first bytes are. */
export const FirstBytes = call("firstBytes", Schema.Struct({ port: Schema.Number, path: Schema.String }), Response)
/** … make lists with one todo each: their ids. */
export const MakeLists = call(
  "makeLists",
  Schema.Struct({ port: Schema.Number, lists: Schema.Number }),
  Schema.Struct({ ids: Schema.Array(Schema.String) })
)
/** … open a stream on each path; returns when each has its first bytes. */
export const OpenStreams = call(
  "openStreams",
  Schema.Struct({ port: Schema.Number, paths: Schema.Array(Schema.String) }),
  Nothing
)
/** … streams that got anything since the last time, and those that were closed. */
export const Heard = call("heard", Nothing, Schema.Struct({ heard: Schema.Number, closed: Schema.Number }))
/** bench/baselines/idle.ts: answer as the application does. */
export const Imitate = call("imitate", Schema.Struct({ events: Response, feed: Response }), Nothing)

const Ask = Schema.Struct({ ask: Schema.Number, name: Schema.String, input: Schema.Unknown })
const isAsk = Schema.is(Ask)

export const Answer = Schema.Struct({
  answered: Schema.Number,
  output: Schema.optional(Schema.Unknown),
  error: Schema.optional(Schema.String)
})
export type Answer = typeof Answer.Type

export const message = <Input, Output>(ask: number, { name }: Call<Input, Output>, input: Input): typeof Ask.Type => ({
  ask,
  name,
  input
})

const handlers = new Map<string, (asked: typeof Ask.Type) => void>()
/** Asked before the module that answers was loaded. */
const early: Array<typeof Ask.Type> = []

if (process.send !== undefined) {
  process.on("message", (received: unknown) => {
    if (!isAsk(received)) return
    const handler = handlers.get(received.name)
    if (handler === undefined) early.push(received)
    else handler(received)
  })
  // Nobody is left to ask: a benchmark that was killed leaves no server behind.
  process.once("disconnect", () => process.exit(0))
}

/** The child's side: answers each such call. */
export const answer = <Input, Output>(
  { input, name }: Call<Input, Output>,
  work: (input: Input) => Output | Promise<Output>
) => {
  const decode = Schema.decodeUnknownSync(input)
  const run = async ({ ask, input }: typeof Ask.Type): Promise<Answer> => {
    try {
      return { answered: ask, output: await work(decode(input)) }
    } catch (error) {
      return { answered: ask, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
  const handler = (asked: typeof Ask.Type) => {
    run(asked).then((answered) => process.send?.(answered))
  }
  handlers.set(name, handler)
  for (const asked of early) if (asked.name === name) handler(asked)
}
