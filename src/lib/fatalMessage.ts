import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"

/** Formats the fatal cause as one line. */
export const fatalMessage = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const words = error instanceof Error ? error.message : String(error)
  return (ConfigError.isConfigError(error) ? `Bad setting: ${String(error)}` : words).split("\n").join(" ")
}
