// `evenstar backup FILE`: a copy of the database, whether a server runs on it or not.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { count } from "./checking.ts"
import * as Backup from "./logFile/backup.ts"
import { onlySqlite } from "./onlySqlite.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("Where the copy goes; it must not be there yet"))

const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

export const backup = Command.make("backup", { file }, ({ file }) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    yield* onlySqlite("pg_dump or pg_basebackup copies it, or `evenstar migrate-log` into a SQLite file")
    const terminal = yield* Terminal
    const [time, { bytes, events }] = yield* Effect.timed(Backup.backup(databaseFile(dataDir), file))
    const seconds = Duration.toSeconds(time).toFixed(1)
    const what = `the log up to event ${events} (${count(events, "event")}, ${inMiB(bytes)})`
    yield* terminal.display(`Copied ${what} to ${file} in ${seconds} s\n`)
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Copies the database into a file, while the server runs"))
