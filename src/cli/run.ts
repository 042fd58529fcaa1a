// Runs a command as the whole process. A failure prints one line and exits with 1; a signal
// releases resources and exits with 130, a second signal at once. On success the process ends by
// itself.
import { isValidationError } from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import { keepFilesPrivate } from "../layers/node/privateFiles.ts"
import { fatalMessage } from "../lib/fatalMessage.ts"

const interrupted = 130

/** SIGHUP too: when the terminal closes, the child and the temporary directory are removed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export const run = <A, E>(command: Effect.Effect<A, E>) => {
  keepFilesPrivate()
  const fiber = Effect.runFork(Effect.provide(command, Logger.pretty))
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(interrupted)
    stopping = true
    Effect.runFork(Fiber.interrupt(fiber))
  }
  // Node exits when no handle is open; a fiber that waits has none.
  const awake = setInterval(() => {}, 2 ** 31 - 1)
  for (const signal of signals) process.on(signal, stop)

  fiber.addObserver((exit) => {
    clearInterval(awake)
    for (const signal of signals) process.off(signal, stop)
    if (Exit.isSuccess(exit)) return
    if (Cause.isInterruptedOnly(exit.cause)) process.exit(interrupted)
    // @effect/cli has printed the error already, with the usage.
    if (isValidationError(Cause.squash(exit.cause))) process.exit(1)
    process.stderr.write(`evenstar: ${fatalMessage(exit.cause)}\n`, () => process.exit(1))
  })
}
