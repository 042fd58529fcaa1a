// Runs the server on the demo's database as a child process; the two end together.
import { createServer } from "node:net"
import { isSea } from "node:sea"
import * as Command from "@effect/platform/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Settings } from "../../layers/node/Settings.ts"

/** This program; without a command it serves. A single executable takes no script argument. */
const program = [...process.execArgv, ...(isSea() ? [] : process.argv.slice(1, 2))]

export class ServeFailed extends Schema.TaggedError<ServeFailed>()("ServeFailed", { message: Schema.String }) {}

/** Fails before the database is filled, which takes minutes, when the port is not free. */
export const requireFreePort = Effect.flatMap(Settings, ({ host, port }) =>
  Effect.async<void, ServeFailed>((resume) => {
    const probe = createServer()
    probe.once("error", ({ message }) =>
      resume(new ServeFailed({ message: `Can't listen on ${host}:${port}: ${message}` }))
    )
    probe.listen(port, host, () => probe.close(() => resume(Effect.void)))
  })
)

/** Returns when the server exits. Interruption sends SIGTERM and waits for the exit. */
export const serve = Effect.fn("demo.serve")(function* (dataDir: string) {
  const terminal = yield* Terminal
  const server = yield* Command.make(process.execPath, ...program).pipe(
    Command.env({ DATA_DIR: dataDir }),
    Command.stderr("inherit"),
    Command.start
  )
  yield* server.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => {
      const url = / is at (http:\S+)/.exec(line)?.[1]
      const dashboard = `\nThe dashboard is at ${url}/analytics (Ctrl-C stops it)\n`
      return terminal.display(`${line}\n${url === undefined ? "" : dashboard}`)
    })
  )
  const code = yield* server.exitCode
  if (code !== 0) return yield* new ServeFailed({ message: `The server exited with code ${code}` })
}, Effect.scoped)
