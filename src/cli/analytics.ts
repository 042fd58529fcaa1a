// `evenstar analytics verify` and `rebuild`. A running server locks the DuckDB file, so the command
// sends the request to that server; without one it opens the file itself.
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
import { eventStoreLayer } from "./eventStoreLayer.ts"
import { runningServer } from "./runningServer.ts"

export class AnalyticsDiffers extends Schema.TaggedError<AnalyticsDiffers>()("AnalyticsDiffers", {
  count: Schema.Number
}) {
  override get message() {
    return `Analytics differs from the log (${this.count} differences); run \`npm run analytics:rebuild\``
  }
}
export class ServerRequestFailed extends Schema.TaggedError<ServerRequestFailed>()("ServerRequestFailed", {
  message: Schema.String
}) {}

/** Sends the request to the server at `HOST` and `PORT`, which holds the file's lock. */
const requestServer = <A, I>(what: "verify" | "rebuild", answer: Schema.Schema<A, I>) =>
  Effect.gen(function* () {
    const { client, url } = yield* runningServer
    return yield* client.post(`/admin/analytics/${what}`).pipe(
      Effect.flatMap(HttpClientResponse.filterStatusOk),
      Effect.flatMap(HttpClientResponse.schemaBodyJson(answer)),
      Effect.mapError(
        (error) =>
          new ServerRequestFailed({
            message: `The file is in use, and the server at ${url} doesn't answer: ${error.message}`
          })
      )
    )
  })

const fileOf = Effect.map(Settings, ({ dataDir }) => join(dataDir, "analytics.duckdb"))

const verifyFile = (file: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const duck = yield* open(file, { ...options, access_mode: "READ_ONLY" })
    return yield* differences(yield* duck.connect, store)
  }).pipe(Effect.scoped, Effect.provide(eventStoreLayer))

const verify = Command.make("verify", {}, () =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const file = yield* fileOf
    if (!existsSync(file))
      return yield* terminal.display("There is no analytics database yet: the server creates it when it starts\n")
    const found = yield* Effect.catchIf(
      verifyFile(file),
      (error): error is DuckFailed => error._tag === "DuckFailed" && error.isOfLock,
      () =>
        Effect.map(
          requestServer("verify", Schema.Struct({ differences: Schema.Array(Schema.String) })),
          (answer) => answer.differences
        )
    )
    for (const difference of found) yield* terminal.display(`${difference}\n`)
    if (found.length > 0) return yield* new AnalyticsDiffers({ count: found.length })
    yield* terminal.display("Analytics matches the log\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Compares analytics with the log, event by event"))

const rebuild = Command.make("rebuild", {}, () =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const file = yield* fileOf
    const isFree = yield* Effect.scoped(open(file)).pipe(
      Effect.as(true),
      // An unreadable file (any error but a lock) may be removed as well.
      Effect.catchAll((error) => Effect.succeed(!error.isOfLock))
    )
    if (isFree) {
      for (const suffix of ["", ".wal"]) rmSync(`${file}${suffix}`, { force: true })
      return yield* terminal.display("Analytics will be rebuilt when the server starts\n")
    }
    yield* requestServer("rebuild", Schema.Struct({ status: Schema.String }))
    yield* terminal.display("Analytics is being rebuilt; /health shows the progress\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Rebuilds analytics from the log"))

export const analyticsCommands = [verify, rebuild] as const
export const analytics = Command.make("analytics").pipe(
  Command.withDescription("Verifies or rebuilds the analytics database"),
  Command.withSubcommands(analyticsCommands)
)
