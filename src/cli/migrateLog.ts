// `evenstar migrate-log FROM TO`: the log, with sessions and accounts, from SQLite into PostgreSQL or back. It goes on where one that was
// ended has stopped.
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { Terminal } from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import { count } from "./checking.ts"
import { MigrationRefused, type Source, type Target } from "./migrateLog/Log.ts"
import { type Migrated, migrate, type Reporter } from "./migrateLog/migrate.ts"
import { type Place, parse } from "./migrateLog/places.ts"
import * as Sqlite from "./migrateLog/sqliteLog.ts"
import * as Progress from "./progress.ts"

const places = "postgres://…, sqlite:PATH, a file, or a DATA_DIR"
const from = Args.text({ name: "from" }).pipe(Args.withDescription(`Where the log is: ${places}`))
const to = Args.text({ name: "to" }).pipe(Args.withDescription("Where it goes to: the same, of the other kind"))

const replace = Options.boolean("replace").pipe(
  Options.withDescription(
    "Replaces sessions and accounts in TO also where a node has worked on them since it was copied"
  )
)

const sourceOf = (place: Place) =>
  place._tag === "Sqlite"
    ? Sqlite.source(place.file)
    : Effect.flatMap(
        Effect.promise(() => import("./migrateLog/postgresLog.ts")),
        ({ source }) => source(place)
      )
const targetOf = (place: Place) =>
  place._tag === "Sqlite"
    ? Sqlite.target(place.file)
    : Effect.flatMap(
        Effect.promise(() => import("./migrateLog/postgresTarget.ts")),
        ({ target }) => target(place)
      )

/** What there is already is the better tool for. */
const sameKind = (kind: Place["_tag"]) =>
  new MigrationRefused({
    message:
      kind === "Sqlite"
        ? "FROM and TO are both SQLite files: `evenstar backup` and `evenstar restore` copy one"
        : "FROM and TO are both in PostgreSQL: pg_dump and pg_restore copy a database"
  })

const reporter = Effect.map(Terminal, (terminal) => {
  const making = (total: number) => Effect.provideService(Progress.make(total, "events"), Terminal, terminal)
  return {
    comparing: (events) => Effect.zipRight(terminal.display(`Comparing ${count(events, "event")}\n`), making(events)),
    copying: (first, last) =>
      Effect.zipRight(
        terminal.display(`Copying the events ${first.toLocaleString("en")} to ${last.toLocaleString("en")}\n`),
        making(last - first + 1)
      )
  } satisfies Reporter<unknown>
})

const inWords = (source: Source, target: Target, { before, events, newer, others }: Migrated) => {
  const rows = Object.entries(others).map(([table, rows]) => `${table.replace("_", " ")}: ${rows.toLocaleString("en")}`)
  const there = before === 0 ? "" : ` (${before.toLocaleString("en")} of them were there before)`
  return [
    `${target.name} has all of ${source.name}, and each row was compared: ${count(events, "event")}${there}`,
    `Beside them: ${rows.join(", ") || "nothing"}`,
    ...(newer === 0
      ? []
      : [`${count(newer, "newer event")} not copied: run it again when the server on ${source.name} has stopped`])
  ]
}

export const migrateLog = Command.make("migrate-log", { from, to, replace }, ({ replace, ...args }) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const from = yield* parse("FROM", args.from)
    const to = yield* parse("TO", args.to)
    if (from._tag === to._tag) return yield* sameKind(from._tag)
    const source = yield* sourceOf(from)
    const target = yield* targetOf(to)
    const migrated = yield* migrate(source, target, { replace, report: yield* reporter }).pipe(
      Effect.tapErrorTag("LogsDiffer", ({ differences }) =>
        Effect.forEach(differences, (line) => terminal.display(`${line}\n`))
      )
    )
    for (const line of inWords(source, target, migrated)) yield* terminal.display(`${line}\n`)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Copies the log, sessions and accounts from SQLite into PostgreSQL, or back"))
