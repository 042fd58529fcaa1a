// `evenstar health`: readiness check of the local server, for images that have no curl.
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Settings } from "../layers/node/Settings.ts"
import { runningServer } from "./runningServer.ts"

export class NotReady extends Schema.TaggedError<NotReady>()("NotReady", { message: Schema.String }) {}

const requestTimeout = "5 seconds"

export const health = Command.make("health", {}, () =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { client, url } = yield* runningServer
    const { status } = yield* client.get("/health/ready").pipe(
      Effect.timeout(requestTimeout),
      Effect.mapError(({ message }) => new NotReady({ message: `${url} doesn't answer: ${message}` })),
      Effect.scoped
    )
    if (status !== 200) return yield* new NotReady({ message: `${url} is not ready: /health/ready answers ${status}` })
    yield* terminal.display(`${url} is ready\n`)
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Asks the running server whether it is ready"))
