// IPC calls between the processes of a benchmark, typed on both sides and validated on arrival.
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

/** Any process with bench/control.ts: collects garbage and returns when done. */
export const Settle = call("settle", Nothing, Nothing)

/** A fan-out server: sends events to all clients at a rate; `seconds` until the last was sent. */
export const Publish = call(
  "publish",
  Pace,
  Schema.Struct({ first: Schema.Number, last: Schema.Number, seconds: Schema.Number })
)

/** bench/load/fan-out.ts: opens streams on `/events`; returns when each has its first bytes. */
export const OpenClients = call("open", Schema.Struct({ port: Schema.Number, clients: Schema.Number }), Nothing)
/** … waits up to `timeoutSeconds` seconds for the event `last`; returns what has arrived. */
export const Delivered = call(
  "delivered",
  Schema.Struct({ first: Schema.Number, last: Schema.Number, timeoutSeconds: Schema.Number }),
  Schema.Struct({
    delivered: Schema.Number,
    /** Events out of order, duplicate, or missing in between. */
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

/** bench/load/append.ts: closed loop of appends to an event store in PostgreSQL. */
export const Append = call(
  "append",
  Schema.Struct({ url: Schema.String, callers: Schema.Number, seconds: Schema.Number }),
  Schema.Struct({ events: Schema.Number, seconds: Schema.Number })
)

/** bench/load/bus.ts: listens, or publishes `count` messages with `pause` ms in between. */
export const BusListen = call("busListen", Schema.Struct({ bus: Schema.String, url: Schema.String }), Nothing)
export const BusPublish = call(
  "busPublish",
  Schema.Struct({ bus: Schema.String, url: Schema.String, count: Schema.Number, pause: Schema.Number }),
  Nothing
)
/** … milliseconds from sending to arrival, of each message since the last call. */
export const BusHeard = call("busHeard", Nothing, Schema.Struct({ millis: Schema.Array(Schema.Number) }))

/** bench/load/lists.ts: creates lists with one todo each and optionally opens their feeds. */
export const PrepareLists = call(
  "prepareLists",
  Schema.Struct({ port: Schema.Number, lists: Schema.Number, subscribe: Schema.Boolean }),
  Nothing
)
/** … renames the todos, open loop; each subscriber must see its own list's last text only. */
export const RenameTodos = call(
  "renameTodos",
  Pace,
  Schema.Struct({
    commands: Schema.Number,
    seconds: Schema.Number,
    /** Changes shown, and changes conflated with the next one. */
    shown: Schema.Number,
    conflated: Schema.Number,
    /** Fragments with a wrong or stale text, and subscribers without the last change. */
    faults: Schema.Number,
    ...Percentiles.fields
  })
)

/**
 * bench/load/latency.ts: sequential commands on a list with open streams (on another node if
 * `streams` is another port), with `pause` ms in between.
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

/** bench/load/catch-up.ts: reads `/events?after=…` up to and including `last`. */
export const CatchUp = call(
  "catchUp",
  Schema.Struct({ port: Schema.Number, after: Schema.Number, last: Schema.Number }),
  Schema.Struct({ seconds: Schema.Number, faults: Schema.Number, bytes: Schema.Number })
)

/** bench/load/sessions.ts: reads one list at a steady rate, with rotating sessions or none. */
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
    /** Responses that renewed the cookie. */
    renewed: Schema.Number,
    ...Percentiles.fields
  })
)

/** bench/load/buffer.ts: closed loop of one GET; every response must have the given status. */
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

/** bench/load/dashboards.ts: opens dashboards with distinct ranges; frames since the last call. */
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
/** bench/load/idle.ts: the first bytes of a stream. */
export const FirstBytes = call("firstBytes", Schema.Struct({ port: Schema.Number, path: Schema.String }), Response)
/** … creates lists with one todo each; returns their ids. */
export const MakeLists = call(
  "makeLists",
  Schema.Struct({ port: Schema.Number, lists: Schema.Number }),
  Schema.Struct({ ids: Schema.Array(Schema.String) })
)
/** … opens a stream on each path; returns when each has its first bytes. */
export const OpenStreams = call(
  "openStreams",
  Schema.Struct({ port: Schema.Number, paths: Schema.Array(Schema.String) }),
  Nothing
)
/** … the streams that received data since the last call, and those that were closed. */
export const Heard = call("heard", Nothing, Schema.Struct({ heard: Schema.Number, closed: Schema.Number }))
/** bench/baselines/idle.ts: responds with the application's headers and first bytes. */
export const Imitate = call("imitate", Schema.Struct({ events: Response, feed: Response }), Nothing)

const Ask = Schema.Struct({ ask: Schema.Number, name: Schema.String, input: Schema.Unknown })
const isAsk = Schema.is(Ask)

export const CallResult = Schema.Struct({
  answered: Schema.Number,
  output: Schema.optional(Schema.Unknown),
  error: Schema.optional(Schema.String)
})
export type CallResult = typeof CallResult.Type

export const message = <Input, Output>(ask: number, { name }: Call<Input, Output>, input: Input): typeof Ask.Type => ({
  ask,
  name,
  input
})

const handlers = new Map<string, (asked: typeof Ask.Type) => void>()
/** Calls received before their handler was registered. */
const early: Array<typeof Ask.Type> = []

if (process.send !== undefined) {
  process.on("message", (received: unknown) => {
    if (!isAsk(received)) return
    const handler = handlers.get(received.name)
    if (handler === undefined) early.push(received)
    else handler(received)
  })
  // The parent has exited: no server is left behind.
  process.once("disconnect", () => process.exit(0))
}

/** Registers the child's handler of a call. */
export const answer = <Input, Output>(
  { input, name }: Call<Input, Output>,
  work: (input: Input) => Output | Promise<Output>
) => {
  const decode = Schema.decodeUnknownSync(input)
  const run = async ({ ask, input }: typeof Ask.Type): Promise<CallResult> => {
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
