// `evenstar analytics verify` and `rebuild`: whether analytics holds what the log says, and how it is made anew. The running server
// has its file locked, and is asked then; where none runs, the file itself is looked at.
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Command from "@effect/cli/Command"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type DuckFailed, open } from "../layers/analytics/Duck.ts"
import { differences } from "../layers/analytics/rowDifferences.ts"
import { options } from "../layers/analytics/superviseDuckDb.ts"
import { EventStore } from "../layers/eventStore/EventStore.ts"
import { Settings } from "../layers/node/Settings.ts"
import { log } from "./log.ts"
import { runningServer } from "./runningServer.ts"

export class Differs extends Schema.TaggedError<Differs>()("Differs", { count: Schema.Number }) {
  override get message() {
    return `Analytics is not what the log says (${this.count} differences); \`npm run analytics:rebuild\` makes it anew`
  }
}
export class CantAsk extends Schema.TaggedError<CantAsk>()("CantAsk", { message: Schema.String }) {}

/** Asks the server that has the file, at `HOST` and `PORT`. */
const askServer = <A, I>(what: "verify" | "rebuild", answer: Schema.Schema<A, I>) =>
  Effect.gen(function* () {
    const { client, url } = yield* runningServer
    return yield* client.post(`/admin/analytics/${what}`).pipe(
      Effect.flatMap(HttpClientResponse.filterStatusOk),
      Effect.flatMap(HttpClientResponse.schemaBodyJson(answer)),
      Effect.mapError(
        (error) =>
          new CantAsk({ message: `The file is in use, and the server at ${url} doesn't answer: ${error.message}` })
      )
    )
  })

const fileOf = Effect.map(Settings, ({ dataDir }) => join(dataDir, "analytics.duckdb"))

const verifyFile = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const duck = yield* open(file, { ...options, access_mode: "READ_ONLY" })
    return yield* differences(yield* duck.connect, store)
  }).pipe(Effect.scoped, Effect.provide(log))

const verify = Command.make("verify", {}, () =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const file = yield* fileOf
    if (!existsSync(file))
      return yield* terminal.display("There is no analytics yet: it is made when the server starts\n")
    const found = yield* Effect.catchIf(
      verifyFile(file),
      (error): error is DuckFailed => error._tag === "DuckFailed" && error.isOfLock,
      () =>
        Effect.map(
          askServer("verify", Schema.Struct({ differences: Schema.Array(Schema.String) })),
          (answer) => answer.differences
        )
    )
    for (const difference of found) yield* terminal.display(`${difference}\n`)
    if (found.length > 0) return yield* new Differs({ count: found.length })
    yield* terminal.display("Analytics is what the log says\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Compares analytics with the log, event by event"))

const rebuild = Command.make("rebuild", {}, () =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const file = yield* fileOf
    const isFree = yield* Effect.scoped(open(file)).pipe(
      Effect.as(true),
      // A file that can't be opened for another reason is one that should go.
      Effect.catchAll((error) => Effect.succeed(!error.isOfLock))
    )
    if (isFree) {
      for (const suffix of ["", ".wal"]) rmSync(`${file}${suffix}`, { force: true })
      return yield* terminal.display("Analytics is made anew when the server starts\n")
    }
    yield* askServer("rebuild", Schema.Struct({ status: Schema.String }))
    yield* terminal.display("Analytics is being made anew; /health says how far it is\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Has analytics made anew from the log"))

export const analytics = Command.make("analytics").pipe(
  Command.withDescription("What is to be done for analytics' database"),
  Command.withSubcommands([verify, rebuild])
)
