// `evenstar restore FILE`: replaces the database by a backup and keeps the old one. Stop the
// server.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Features } from "../http/Feature.ts"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { checkProgress, formatCount } from "./checkProgress.ts"
import * as Restore from "./logFile/restore.ts"
import { requireSqlite } from "./requireSqlite.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("A file made by `evenstar backup`"))

export const restore = Command.make("restore", { file }, ({ file }) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    yield* requireSqlite(
      "pg_restore brings a dump of it back, or `evenstar migrate-log` a SQLite file into an empty database"
    )
    const terminal = yield* Terminal
    const { derived, events, kept } = yield* Restore.restore(
      yield* Features,
      file,
      databaseFile(dataDir),
      yield* checkProgress
    )
    for (const difference of derived) yield* terminal.display(`Will be rebuilt: ${difference}\n`)
    const where = Option.match(kept, { onNone: () => "", onSome: (path) => `; the previous database is ${path}` })
    yield* terminal.display(`Restored ${formatCount(events, "event")}${where}\n`)
    yield* terminal.display("Sessions are those of the backup: sessions revoked since then are valid again\n")
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Replaces the database by a backup and keeps the old one"))
