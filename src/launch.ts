// Runs a Layer as the whole process: one line and exit code 1 when the start fails, a graceful end on the first
// signal, an immediate one on the second or when SHUTDOWN_TIMEOUT has passed.
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { Settings } from "./layers/Settings.ts"

/** What has ended a process, in one line. */
export const lastWords = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const words = error instanceof Error ? error.message : String(error)
  return (ConfigError.isConfigError(error) ? `Bad setting: ${String(error)}` : words).split("\n").join(" ")
}

const interrupted = 130

export const launch = <A, E>(application: Layer.Layer<A, E>) => {
  const logging = Layer.merge(
    Logger.pretty,
    Layer.unwrapEffect(
      Effect.map(Settings, ({ logLevel }) =>
        logLevel._tag === "Some" ? Logger.minimumLogLevel(logLevel.value) : Layer.empty
      )
    )
  ).pipe(Layer.provide(Settings.layer))
  const program = Effect.scoped(Effect.zipRight(Layer.build(application), Effect.never)).pipe(Effect.provide(logging))

  const fiber = Effect.runFork(program)
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) process.exit(0)
    process.stderr.write(`evenstar: ${lastWords(exit.cause)}\n`, () => process.exit(1))
  })

  let stopping = false
  const stop = () => {
    if (stopping) process.exit(interrupted)
    stopping = true
    Effect.runFork(Fiber.interrupt(fiber))
    const deadline = Effect.flatMap(Settings, ({ shutdownTimeout }) => Effect.sleep(shutdownTimeout)).pipe(
      Effect.provide(Settings.layer),
      Effect.andThen(Effect.sync(() => process.exit(1)))
    )
    Effect.runFork(deadline)
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
}
