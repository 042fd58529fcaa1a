// IPC calls of bench/capacity.ts to its load generator, bench/load/capacity.ts.
import * as Schema from "effect/Schema"
import type { Call } from "./calls.ts"

const Nothing = Schema.Struct({})
const Ports = Schema.Array(Schema.Number)

/** Creates lists with one todo each, and sessions for the streams' and commands' cookies. */
const prepareInput = Schema.Struct({ ports: Ports, lists: Schema.Number, sessions: Schema.Number })
export const Prepare: Call<typeof prepareInput.Type, typeof Nothing.Type> = {
  name: "prepare",
  input: prepareInput,
  output: Nothing
}

/** Opens streams distributed like the simulation's population; closes the previous ones. */
const Audience = Schema.Struct({ lists: Schema.Number, streams: Schema.Number, zipf: Schema.Number })
const openInput = Schema.Struct({ ports: Ports, haveSessions: Schema.Boolean, ...Audience.fields })
export const OpenAudience: Call<typeof openInput.Type, typeof Nothing.Type> = {
  name: "openAudience",
  input: openInput,
  output: Nothing
}

/** Sends commands at random times, to lists by popularity and to random nodes of `ports`. */
const driveInput = Schema.Struct({ ports: Ports, rate: Schema.Number, seconds: Schema.Number })
const Driven = Schema.Struct({
  commands: Schema.Number,
  seconds: Schema.Number,
  delivered: Schema.Number,
  bytes: Schema.Number,
  /** Milliseconds from a command to its response, and until a stream showed it. */
  answerP50: Schema.Number,
  answerP99: Schema.Number,
  shownP50: Schema.Number,
  shownP99: Schema.Number
})
export type Driven = typeof Driven.Type
export const Drive: Call<typeof driveInput.Type, Driven> = { name: "drive", input: driveInput, output: Driven }
