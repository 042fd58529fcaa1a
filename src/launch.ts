// Runs a Layer as the process: one line and exit code 1 when the start fails, a graceful shutdown
// on the first signal, an immediate exit on the second signal or after SHUTDOWN_DELAY plus
// SHUTDOWN_TIMEOUT.
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
import { nodeTooOld } from "./lib/nodeVersion.ts"

const interrupted = 130

const fail = (words: string) => process.stderr.write(`evenstar: ${words}\n`, () => process.exit(1))

/** Serves, or runs the operator's command that the command line names. */
export const launch = (application: Application) => {
  const tooOld = nodeTooOld(process.versions.node)
  if (tooOld !== undefined) fail(tooOld)
  else if (process.argv.length > 2)
    import("./cli/commands.ts").then(({ runOperatorCommand }) => runOperatorCommand(application.features))
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
          // Log lines carry the node id only where NODE_ID is set.
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
  // The reader of stdout may close the pipe (`npm start | head`): log lines are dropped and the
  // server keeps running.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  // Installed before the start, whose first part is synchronous, so that an early signal is
  // handled.
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)

  const fiber = Effect.runFork(program)
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) process.exit(0)
    fail(fatalMessage(exit.cause))
  })
}
