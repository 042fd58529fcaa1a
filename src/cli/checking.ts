// What is told of a log: how much there is, and how far its check has come, on a terminal and where it takes long.
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import type { Tell } from "./logFile/verify.ts"
import * as Progress from "./progress.ts"

export const count = (number: number, what: string) =>
  `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`

/** Events that take a second or so, and events between two words. */
const large = 100_000
const distance = 10_000

export const checking = Effect.gen(function* () {
  const terminal = yield* Terminal
  const isTTY = yield* terminal.isTTY
  let progress: Effect.Effect.Success<ReturnType<typeof Progress.make>> | undefined
  let told = 0
  const tell: Tell = (done, total) =>
    Effect.gen(function* () {
      if (!isTTY || total < large || (done < total && done < told + distance)) return
      progress ??= yield* Effect.provideService(Progress.make(total, "events"), Terminal, terminal)
      told = done
      yield* progress(done)
    })
  return tell
})
