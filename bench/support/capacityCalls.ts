// What bench/capacity.ts asks its load generator: bench/load/capacity.ts.
import * as Schema from "effect/Schema"
import type { Call } from "./calls.ts"

const Nothing = Schema.Struct({})
const Ports = Schema.Array(Schema.Number)

/** Make lists with one todo each, and sessions, whose cookies streams and commands carry. */
const prepareInput = Schema.Struct({ ports: Ports, lists: Schema.Number, sessions: Schema.Number })
export const Prepare: Call<typeof prepareInput.Type, typeof Nothing.Type> = {
  name: "prepare",
  input: prepareInput,
  output: Nothing
}

/** Open streams on lists as a population of the simulation has them; those of before are closed. */
const Audience = Schema.Struct({ lists: Schema.Number, streams: Schema.Number, zipf: Schema.Number })
const openInput = Schema.Struct({ ports: Ports, haveSessions: Schema.Boolean, ...Audience.fields })
export const OpenAudience: Call<typeof openInput.Type, typeof Nothing.Type> = {
  name: "openAudience",
  input: openInput,
  output: Nothing
}

/** Commands at a rate, each at a time of its own, on lists by their popularity and on the nodes of `ports` by chance. */
const driveInput = Schema.Struct({ ports: Ports, rate: Schema.Number, seconds: Schema.Number })
const Driven = Schema.Struct({
  commands: Schema.Number,
  seconds: Schema.Number,
  delivered: Schema.Number,
  bytes: Schema.Number,
  /** Milliseconds until a command was answered, and until a stream showed it. */
  answerP50: Schema.Number,
  answerP99: Schema.Number,
  shownP50: Schema.Number,
  shownP99: Schema.Number
})
export type Driven = typeof Driven.Type
export const Drive: Call<typeof driveInput.Type, Driven> = { name: "drive", input: driveInput, output: Driven }
