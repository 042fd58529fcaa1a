// Runs a Layer as the whole process: one line and exit code 1 when the start fails, a graceful end on the first
// signal, an immediate one on the second or when SHUTDOWN_TIMEOUT has passed (after SHUTDOWN_DELAY).
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { Application } from "./application.ts"
import { keepFilesPrivate } from "./layers/node/privateFiles.ts"
import { Settings } from "./layers/node/Settings.ts"
import { fatalMessage } from "./lib/fatalMessage.ts"

const interrupted = 130

const fail = (words: string) => process.stderr.write(`evenstar: ${words}\n`, () => process.exit(1))

/** Serves, or runs the operator's command that the command line names. */
export const launch = (application: Application) => {
  if (process.argv.length > 2) import("./cli/commands.ts").then(({ operate }) => operate(application.features))
  else serve(application.layer)
}

const serve = <A, E>(application: Layer.Layer<A, E>) => {
  keepFilesPrivate()
  const logging = Layer.merge(
    Logger.pretty,
    Layer.unwrapEffect(
      Effect.map(Settings, ({ logLevel, nodeId }) =>
        Layer.merge(
          logLevel._tag === "Some" ? Logger.minimumLogLevel(logLevel.value) : Layer.empty,
          // Where somebody has named this process, its lines say which it is.
          nodeId._tag === "Some"
            ? Layer.locallyScoped(FiberRef.currentLogAnnotations, HashMap.make(["nodeId", nodeId.value]))
            : Layer.empty
        )
      )
    )
  ).pipe(Layer.provide(Settings.layer))
  const program = Effect.scoped(Effect.zipRight(Layer.build(application), Effect.never)).pipe(Effect.provide(logging))

  let stopping = false
  const stop = () => {
    if (stopping) process.exit(interrupted)
    stopping = true
    Effect.runFork(Fiber.interrupt(fiber))
    const deadline = Settings.pipe(
      Effect.flatMap(({ shutdownDelay, shutdownTimeout }) =>
        Effect.sleep(Duration.sum(shutdownDelay, shutdownTimeout))
      ),
      Effect.provide(Settings.layer),
      Effect.andThen(Effect.sync(() => fail("The end took longer than SHUTDOWN_TIMEOUT")))
    )
    Effect.runFork(deadline)
  }
  // Who reads the log lines may go (`npm start | head`): they are lost then, and the server stays.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  // Before the start: it begins with synchronous work, and a signal in the middle of that is to be heard as well.
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)

  const fiber = Effect.runFork(program)
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) process.exit(0)
    fail(fatalMessage(exit.cause))
  })
}
