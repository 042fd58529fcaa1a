// Runs a command as the whole process: one line and exit code 1 when it fails; on a signal it releases what it holds and ends
// with 130, on a second one at once. A command that succeeds only leaves: the server may have taken over.
import { isValidationError } from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import { keepFilesPrivate } from "../layers/node/privateFiles.ts"
import { fatalMessage } from "../lib/fatalMessage.ts"

const interrupted = 130

/** The last also when the terminal is closed: a child and a temporary directory must not stay. */
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
  // Node ends when nothing is open; a command that waits for something inside Effect has nothing open.
  const awake = setInterval(() => {}, 2 ** 31 - 1)
  for (const signal of signals) process.on(signal, stop)

  fiber.addObserver((exit) => {
    clearInterval(awake)
    for (const signal of signals) process.off(signal, stop)
    if (Exit.isSuccess(exit)) return
    if (Cause.isInterruptedOnly(exit.cause)) process.exit(interrupted)
    // What is wrong with a command line has been said already, with the usage.
    if (isValidationError(Cause.squash(exit.cause))) process.exit(1)
    process.stderr.write(`evenstar: ${fatalMessage(exit.cause)}\n`, () => process.exit(1))
  })
}
