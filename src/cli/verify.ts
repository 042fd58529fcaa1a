// `evenstar verify [FILE]`: verifies the database or a backup; a server may be running on it.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Features } from "../http/Feature.ts"
import { databaseFile, Settings } from "../layers/node/Settings.ts"
import { checkProgress, formatCount } from "./checkProgress.ts"
import { isSameFile } from "./logFile/durableFiles.ts"
import { openSnapshot } from "./logFile/LogFile.ts"
import { type Verified, verifyLogFile } from "./logFile/verifyLogFile.ts"
import { nameOfUrl } from "./migrateLog/location.ts"

export class VerificationFailed extends Schema.TaggedError<VerificationFailed>()("VerificationFailed", {
  file: Schema.String
}) {
  override get message() {
    return `${this.file} failed verification`
  }
}

const file = Args.text({ name: "file" }).pipe(
  Args.optional,
  Args.withDescription("A backup to verify instead of the database")
)

/** Types without a codec are reported, but are no error. */
const unknownTypes = ({ unknown }: Verified) =>
  unknown.size === 0 ? "" : `; no codec for the aggregate types ${[...unknown].sort().join(", ")}`

const verifyFile = (given: Option.Option<string>) =>
  Effect.gen(function* () {
    const { dataDir } = yield* Settings
    const database = databaseFile(dataDir)
    // Under another name SQLite would not find the database's WAL.
    const file = Option.getOrElse(
      Option.filter(given, (file) => !isSameFile(file, database)),
      () => database
    )
    const verified = yield* Effect.flatMap(openSnapshot(file), (log) =>
      Effect.flatMap(Effect.zip(Features, checkProgress), ([features, tell]) => verifyLogFile(features, log, tell))
    )
    return { what: file, verified }
  })

/** A log in PostgreSQL; rows that nodes derive from it are not checked. */

const verifyDatabase = (url: Redacted.Redacted) =>
  Effect.gen(function* () {
    const { verifyPostgres } = yield* Effect.promise(() => import("./logFile/verifyPostgres.ts"))
    return { what: nameOfUrl(url), verified: yield* verifyPostgres(yield* Features, url, yield* checkProgress) }
  })

export const verify = Command.make("verify", { file }, ({ file: given }) =>
  Effect.gen(function* () {
    const { databaseUrl } = yield* Settings
    const terminal = yield* Terminal
    const { verified, what } = yield* Option.isSome(databaseUrl) && Option.isNone(given)
      ? verifyDatabase(databaseUrl.value)
      : verifyFile(given)
    const differences = [...verified.log, ...verified.derived]
    for (const difference of differences) yield* terminal.display(`${difference}\n`)
    if (differences.length > 0) return yield* new VerificationFailed({ file: what })
    const events = formatCount(verified.events, "event")
    const aggregates = formatCount(verified.aggregates, "aggregate")
    yield* terminal.display(`Verified: ${events} of ${aggregates}${unknownTypes(verified)}\n`)
  }).pipe(Effect.scoped, Effect.provide(Settings.layer))
).pipe(Command.withDescription("Verifies the database, its log, and the rows derived from it"))
