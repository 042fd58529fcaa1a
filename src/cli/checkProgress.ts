// Formats counts, and reports the progress of a check: only on a terminal, and only for large logs.
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import type { ReportProgress } from "./logFile/verifyLogFile.ts"
import * as Progress from "./progress.ts"

export const formatCount = (number: number, what: string) =>
  `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`

/** Smaller logs are checked in about a second; then the number of events between two reports. */
const silentBelow = 100_000
const reportEvery = 10_000

export const checkProgress = Effect.gen(function* () {
  const terminal = yield* Terminal
  const isTTY = yield* terminal.isTTY
  let progress: Effect.Effect.Success<ReturnType<typeof Progress.make>> | undefined
  let told = 0
  const tell: ReportProgress = (done, total) =>
    Effect.gen(function* () {
      if (!isTTY || total < silentBelow || (done < total && done < told + reportEvery)) return
      progress ??= yield* Effect.provideService(Progress.make(total, "events"), Terminal, terminal)
      told = done
      yield* progress(done)
    })
  return tell
})
