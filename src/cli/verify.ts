// `evenstar verify`: whether the database, or a backup, is right. It may run beside the server.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { checking, count } from "./checking.ts"
import { areSame } from "./logFile/files.ts"
import { open } from "./logFile/LogFile.ts"
import { type Verified, verifyLog } from "./logFile/verify.ts"
import { nameOf } from "./migrateLog/places.ts"

export class NotRight extends Schema.TaggedError<NotRight>()("NotRight", { file: Schema.String }) {
  override get message() {
    return `${this.file} is not right`
  }
}

const file = Args.text({ name: "file" }).pipe(
  Args.optional,
  Args.withDescription("A backup, instead of the database in DATA_DIR or at DATABASE_URL")
)

/** What can't be judged is not wrong, and yet worth a word. */
const besides = ({ unknown }: Verified) =>
  unknown.size === 0 ? "" : `; nothing here reads the aggregate types ${[...unknown].sort().join(", ")}`

const ofFile = (given: Option.Option<string>) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    const database = databaseFile(dataDir)
    // By another name SQLite would not find the WAL that belongs to it.
    const file = Option.getOrElse(
      Option.filter(given, (file) => !areSame(file, database)),
      () => database
    )
    const verified = yield* Effect.flatMap(open(file), (log) =>
      Effect.flatMap(checking, (tell) => verifyLog(log, tell))
    )
    return { what: file, verified }
  })

/** Where the log is in PostgreSQL. What a node derives from it is the node's own, and not looked at. */
const ofDatabase = (url: Redacted.Redacted) =>
  Effect.gen(function* () {
    const { verifyPostgres } = yield* Effect.promise(() => import("./logFile/verifyPostgres.ts"))
    return { what: nameOf(url), verified: yield* verifyPostgres(url, yield* checking) }
  })

export const verify = Command.make("verify", { file }, ({ file: given }) =>
  Effect.gen(function* () {
    const { databaseUrl } = yield* Settings
    const terminal = yield* Terminal
    const { verified, what } = yield* Option.isSome(databaseUrl) && Option.isNone(given)
      ? ofDatabase(databaseUrl.value)
      : ofFile(given)
    const differences = [...verified.log, ...verified.derived]
    for (const difference of differences) yield* terminal.display(`${difference}\n`)
    if (differences.length > 0) return yield* new NotRight({ file: what })
    const events = count(verified.events, "event")
    const aggregates = count(verified.aggregates, "aggregate")
    yield* terminal.display(`All is right: ${events} of ${aggregates}${besides(verified)}\n`)
  }).pipe(Effect.scoped, Effect.provide(Settings.layer))
).pipe(Command.withDescription("Checks the database, its log, and what was derived from that"))
