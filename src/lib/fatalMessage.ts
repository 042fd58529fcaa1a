import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import { toStringUnknown } from "effect/Inspectable"

const missingService = /^Service not found: (\S+)/

/** Position of the first stack frame outside node_modules and Node itself. */
const placeOf = ({ stack = "" }: Error) =>
  stack
    .split("\n")
    .filter((line) => !/node_modules|node:/.test(line))
    .map((line) => /^\s+at .*?((?:file:\/\/)?\/[^\s()]+:\d+:\d+)\)?$/.exec(line)?.[1])
    .find((place) => place !== undefined)

const wordsOf = (error: unknown, isDefect: boolean): string => {
  if (ConfigError.isConfigError(error)) return `Bad setting: ${String(error)}`
  if (!(error instanceof Error)) return toStringUnknown(error, 0)
  const [, service] = missingService.exec(error.message) ?? []
  if (service !== undefined) {
    return `The service ${service} has no Layer: provide it in the "services" of the feature that uses it, or in the stack`
  }
  const words = error.message === "" ? error.name : error.message
  const place = isDefect ? placeOf(error) : undefined
  return place === undefined ? words : `${words} (at ${place})`
}

/** Formats the fatal cause as one line; a defect with its source position. */
export const fatalMessage = (cause: Cause.Cause<unknown>): string =>
  wordsOf(Cause.squash(cause), Cause.failureOption(cause)._tag === "None")
    .split("\n")
    .join(" ")
