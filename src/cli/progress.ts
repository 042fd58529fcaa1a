// How far something long has come: one line that rewrites itself on a terminal, and a line every tenth elsewhere, so that a
// log of it stays short.
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

/** What is to be said after so many milliseconds. */
export const describe = (done: number, total: number, millis: number, unit: string): string => {
  const perMilli = done / Math.max(millis, 1)
  const percent = `${Math.floor((100 * done) / total)} %`.padStart(5)
  const speed = `${Math.round(perMilli * 1000).toLocaleString("en")} ${unit}/s`
  const rest =
    done < total ? `${duration((total - done) / perMilli / 1000)} left` : `done in ${duration(millis / 1000)}`
  return `${percent}  ${speed}, ${rest}`
}

/** Gives what is to be called with how much is done; the last time with all. `unit`: of what, in the plural. */
export const make = Effect.fnUntraced(function* (total: number, unit: string) {
  const terminal = yield* Terminal
  const isTTY = yield* terminal.isTTY
  const begin = yield* monotonicMillis
  let told = 0
  return Effect.fnUntraced(function* (done: number) {
    const line = describe(done, total, (yield* monotonicMillis) - begin, unit)
    if (isTTY) {
      // Back to the line's begin, and what a longer one left is erased.
      yield* terminal.display(`\r${bar(done / total)} ${line}\u001b[K${done < total ? "" : "\n"}`)
    } else if (Math.floor((tenths * done) / total) > told) {
      told = Math.floor((tenths * done) / total)
      yield* terminal.display(`${line}\n`)
    }
  })
})
