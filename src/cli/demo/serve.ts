// The server as a process of its own on the demo's database, started like this one. It ends with this one, and this one with it.
import { createServer } from "node:net"
import { isSea } from "node:sea"
import * as Command from "@effect/platform/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Settings } from "../../layers/node/Settings.ts"

/** This very program, which serves when it is given no command; the one executable is its own script. */
const program = [...process.execArgv, ...(isSea() ? [] : process.argv.slice(1, 2))]

export class CantServe extends Schema.TaggedError<CantServe>()("CantServe", { message: Schema.String }) {}

/** Better known before the database is filled than after. */
export const canListen = Effect.flatMap(Settings, ({ host, port }) =>
  Effect.async<void, CantServe>((resume) => {
    const probe = createServer()
    probe.once("error", ({ message }) =>
      resume(new CantServe({ message: `Can't listen on ${host}:${port}: ${message}` }))
    )
    probe.listen(port, host, () => probe.close(() => resume(Effect.void)))
  })
)

/** Until it ends. When we are interrupted it is told to (SIGTERM), and waited for. */
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
      const dashboard = `\nThe dashboard is at ${url}/analytics (Ctrl-C ends it all)\n`
      return terminal.display(`${line}\n${url === undefined ? "" : dashboard}`)
    })
  )
  const code = yield* server.exitCode
  if (code !== 0) return yield* new CantServe({ message: `The server ended with exit code ${code}` })
}, Effect.scoped)
