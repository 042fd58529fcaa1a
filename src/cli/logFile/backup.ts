// A consistent copy of the database while a server writes to it, in one file of its own: written beside its name, checked, and
// only then given it. Analytics is no part of it, because it is made anew from the log.
import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import { copy } from "./copy.ts"
import { FileExists, partial, settle } from "./files.ts"
import { open } from "./LogFile.ts"

/** `file` is on the disk when this returns, and whoever ends it before leaves nothing behind. */
export const backup = Effect.fn("logFile.backup")(function* (database: string, file: string) {
  if (existsSync(file)) return yield* new FileExists({ file })
  const log = yield* open(database)
  const path = yield* partial(file)
  const copied = yield* copy(log, path, { isNewLog: false })
  yield* settle(path, file)
  return copied
}, Effect.scoped)
