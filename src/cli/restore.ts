// `evenstar restore FILE`: a backup in the place of the database, which is kept. No server may run on it meanwhile.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { checking, count } from "./checking.ts"
import * as Restore from "./logFile/restore.ts"
import { onlySqlite } from "./onlySqlite.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("What `evenstar backup` made"))

export const restore = Command.make("restore", { file }, ({ file }) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    yield* onlySqlite(
      "pg_restore brings a dump of it back, or `evenstar migrate-log` a SQLite file into an empty database"
    )
    const terminal = yield* Terminal
    const { derived, events, kept } = yield* Restore.restore(file, databaseFile(dataDir), yield* checking)
    for (const difference of derived) yield* terminal.display(`Will be made anew: ${difference}\n`)
    const where = Option.match(kept, { onNone: () => "", onSome: (path) => `; what was there before is ${path}` })
    yield* terminal.display(`Restored ${count(events, "event")}${where}\n`)
    yield* terminal.display("Sessions are those of the backup: one that was revoked since is valid again\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Puts a backup in the place of the database, which is kept"))
