// `evenstar backup FILE`: copies the database; a server may be running on it.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { formatCount } from "./checkProgress.ts"
import * as Backup from "./logFile/backup.ts"
import { requireSqlite } from "./requireSqlite.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("The file to create; it must not exist"))

const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

export const backup = Command.make("backup", { file }, ({ file }) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    yield* requireSqlite("pg_dump or pg_basebackup copies it, or `evenstar migrate-log` into a SQLite file")
    const terminal = yield* Terminal
    const [time, { bytes, events }] = yield* Effect.timed(Backup.backup(databaseFile(dataDir), file))
    const seconds = Duration.toSeconds(time).toFixed(1)
    const what = `the log up to event ${events} (${formatCount(events, "event")}, ${inMiB(bytes)})`
    yield* terminal.display(`Copied ${what} to ${file} in ${seconds} s\n`)
  }).pipe(Effect.provide(Settings.layer))
).pipe(Command.withDescription("Copies the database into a file; the server may be running"))
