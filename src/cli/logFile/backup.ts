// A consistent copy of the database while a server writes to it. The copy is made under a temporary
// name, verified, and then renamed. DuckDB is left out: it is rebuilt from the log.
import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import { copyLogFile } from "./copyLogFile.ts"
import { createPartial, FileExists, syncAndGiveName } from "./durableFiles.ts"
import { openSnapshot } from "./LogFile.ts"

/** `file` is durable when this returns; an interrupted backup leaves no file. */
export const backup = Effect.fn("logFile.backup")(function* (database: string, file: string) {
  if (existsSync(file)) return yield* new FileExists({ file })
  const log = yield* openSnapshot(database)
  const path = yield* createPartial(file)
  const copied = yield* copyLogFile(log, path, { isNewLog: false })
  yield* syncAndGiveName(path, file)
  return copied
}, Effect.scoped)
