// Progress of a long operation: one line that is rewritten on a terminal, otherwise a line for
// every 10 %.
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import { monotonicMillis } from "../lib/monotonicTime.ts"

const width = 30
const tenths = 10

const bar = (share: number) => {
  const filled = Math.floor(share * width)
  return `${"█".repeat(filled)}${"░".repeat(width - filled)}`
}

const duration = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`

/** Formats percentage, rate and remaining time after `millis` milliseconds. */
export const formatProgress = (done: number, total: number, millis: number, unit: string): string => {
  const perMilli = done / Math.max(millis, 1)
  const percent = `${Math.floor((100 * done) / total)} %`.padStart(5)
  const speed = `${Math.round(perMilli * 1000).toLocaleString("en")} ${unit}/s`
  const rest =
    done < total ? `${duration((total - done) / perMilli / 1000)} left` : `done in ${duration(millis / 1000)}`
  return `${percent}  ${speed}, ${rest}`
}

/** Returns a reporter for the amount done; call it last with `total`. `unit` is a plural noun. */
export const make = Effect.fnUntraced(function* (total: number, unit: string) {
  const terminal = yield* Terminal
  const isTTY = yield* terminal.isTTY
  const begin = yield* monotonicMillis
  let told = 0
  return Effect.fnUntraced(function* (done: number) {
    const line = formatProgress(done, total, (yield* monotonicMillis) - begin, unit)
    if (isTTY) {
      // Returns the cursor to the line's start and erases the rest of a longer line.
      yield* terminal.display(`\r${bar(done / total)} ${line}\u001b[K${done < total ? "" : "\n"}`)
    } else if (Math.floor((tenths * done) / total) > told) {
      told = Math.floor((tenths * done) / total)
      yield* terminal.display(`${line}\n`)
    }
  })
})
