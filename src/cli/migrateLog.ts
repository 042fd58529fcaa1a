// `evenstar migrate-log FROM TO`: copies the log, sessions and accounts from SQLite to PostgreSQL
// or back. An interrupted migration resumes.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import { formatCount } from "./checkProgress.ts"
import { type Location, parseLocation } from "./migrateLog/location.ts"
import { MigrationRefused, type Source, type Target } from "./migrateLog/MigrationLog.ts"
import { type Migrated, migrate, type Reporter } from "./migrateLog/migrate.ts"
import * as Sqlite from "./migrateLog/sqliteLog.ts"
import * as Progress from "./progress.ts"

const expectedLocations = "postgres://…, sqlite:PATH, a file, or a DATA_DIR"
const from = Args.text({ name: "from" }).pipe(Args.withDescription(`The source: ${expectedLocations}`))
const to = Args.text({ name: "to" }).pipe(Args.withDescription("The target: as FROM, of the other kind"))

const replace = Options.boolean("replace").pipe(
  Options.withDescription("Also replaces sessions and accounts in TO that have changed since the last copy")
)

const sourceOf = (place: Location) =>
  place._tag === "Sqlite"
    ? Sqlite.source(place.file)
    : Effect.flatMap(
        Effect.promise(() => import("./migrateLog/postgresLog.ts")),
        ({ source }) => source(place)
      )
const targetOf = (place: Location) =>
  place._tag === "Sqlite"
    ? Sqlite.target(place.file)
    : Effect.flatMap(
        Effect.promise(() => import("./migrateLog/postgresTarget.ts")),
        ({ target }) => target(place)
      )

/** Names the better tool for a copy within one kind of database. */
const refuseSameKind = (kind: Location["_tag"]) =>
  new MigrationRefused({
    message:
      kind === "Sqlite"
        ? "FROM and TO are both SQLite files: use `evenstar backup` and `evenstar restore`"
        : "FROM and TO are both in PostgreSQL: use pg_dump and pg_restore"
  })

const reporter = Effect.map(Terminal, (terminal) => {
  const making = (total: number) => Effect.provideService(Progress.make(total, "events"), Terminal, terminal)
  return {
    comparing: (events) =>
      Effect.zipRight(terminal.display(`Comparing ${formatCount(events, "event")}\n`), making(events)),
    copying: (first, last) =>
      Effect.zipRight(
        terminal.display(`Copying the events ${first.toLocaleString("en")} to ${last.toLocaleString("en")}\n`),
        making(last - first + 1)
      )
  } satisfies Reporter<unknown>
})

const summarize = (source: Source, target: Target, { before, events, newer, others }: Migrated) => {
  const rows = Object.entries(others).map(([table, rows]) => `${table.replace("_", " ")}: ${rows.toLocaleString("en")}`)
  const there = before === 0 ? "" : ` (${before.toLocaleString("en")} were there before)`
  return [
    `${target.name} has all rows of ${source.name}, each compared: ${formatCount(events, "event")}${there}`,
    `Other rows: ${rows.join(", ") || "nothing"}`,
    ...(newer === 0
      ? []
      : [`${formatCount(newer, "newer event")} not copied: run it again when the server on ${source.name} has stopped`])
  ]
}

export const migrateLog = Command.make("migrate-log", { from, to, replace }, ({ replace, ...args }) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const from = yield* parseLocation("FROM", args.from)
    const to = yield* parseLocation("TO", args.to)
    if (from._tag === to._tag) return yield* refuseSameKind(from._tag)
    const source = yield* sourceOf(from)
    const target = yield* targetOf(to)
    const migrated = yield* migrate(source, target, { replace, report: yield* reporter }).pipe(
      Effect.tapErrorTag("LogsDiffer", ({ differences }) =>
        Effect.forEach(differences, (line) => terminal.display(`${line}\n`))
      )
    )
    for (const line of summarize(source, target, migrated)) yield* terminal.display(`${line}\n`)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Copies the log, sessions and accounts from SQLite into PostgreSQL, or back"))
