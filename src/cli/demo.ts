// `evenstar demo`: fills a temporary database with months of generated activity and serves it.
// With --data-dir the database is kept, for benchmarks and tests.
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { Terminal } from "@effect/platform/Terminal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Features } from "../http/Feature.ts"
import { Settings } from "../layers/node/Settings.ts"
import { Postgres } from "../layers/postgres/Postgres.ts"
import { Sql } from "../layers/sqlite/Sql.ts"
import * as DemoDirectory from "./demo/demoDirectory.ts"
import { fill } from "./demo/fill.ts"
import { requireFreePort, serve } from "./demo/serve.ts"
import * as Progress from "./progress.ts"
import { requireSqlite } from "./requireSqlite.ts"

export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", { message: Schema.String }) {}

const integerOption = (name: string, from: number, to: number, byDefault: number) =>
  Options.integer(name).pipe(
    Options.withSchema(
      Schema.Int.pipe(
        Schema.between(from, to, { message: ({ actual }) => `--${name} must be from ${from} to ${to}, not ${actual}` })
      )
    ),
    Options.withDefault(byDefault)
  )

const options = {
  events: integerOption("events", 1, 100_000_000, 1_000_000).pipe(Options.withDescription("Number of events")),
  months: integerOption("months", 1, 120, 6).pipe(Options.withDescription("Number of months of activity")),
  seed: integerOption("seed", 0, 2 ** 32 - 1, 1).pipe(Options.withDescription("Seed of the random generator")),
  until: Options.date("until").pipe(Options.optional, Options.withDescription("End of the activity, instead of now")),
  dataDir: Options.directory("data-dir").pipe(
    Options.optional,
    Options.withDescription("Directory for the database, which is then kept")
  ),
  noServe: Options.boolean("no-serve").pipe(Options.withDescription("Fills the database in --data-dir and exits"))
}

/** The environment's settings with another DATA_DIR. */
const settingsOf = (dataDir: string) =>
  Layer.effect(
    Settings,
    Effect.map(Settings, (settings) => ({ ...settings, dataDir }))
  ).pipe(Layer.provide(Settings.layer))

export const demo = Command.make("demo", options, ({ dataDir, events, months, noServe, seed, until }) =>
  Effect.gen(function* () {
    yield* Effect.provide(
      requireSqlite(
        "the demo fills a SQLite file. Unset it; `evenstar migrate-log` copies the file's log into PostgreSQL"
      ),
      Settings.layer
    )
    if (noServe && Option.isNone(dataDir)) {
      return yield* new InvalidOption({
        message: "--no-serve needs a --data-dir: a temporary directory would be removed at once"
      })
    }
    const now = yield* DateTime.now
    const end = Option.match(until, { onNone: () => now, onSome: (date) => DateTime.unsafeMake(date) })
    if (DateTime.greaterThan(end, now)) return yield* new InvalidOption({ message: "--until is in the future" })
    const span = { from: DateTime.subtract(end, { months }).epochMillis, until: end.epochMillis }

    const directory = yield* Option.match(dataDir, {
      onNone: () => DemoDirectory.temporaryDirectory,
      onSome: Effect.succeed
    })
    const settings = settingsOf(directory)
    if (!noServe) yield* Effect.provide(requireFreePort, settings)
    const terminal = yield* Terminal
    const filling = Effect.gen(function* () {
      yield* terminal.display(`${events.toLocaleString("en")} events of ${months} months, into ${directory}\n`)
      yield* fill(yield* Features, { ...span, events, seed }, yield* Progress.make(events, "events"))
    })
    yield* DemoDirectory.fillNewDirectory(
      directory,
      Effect.provide(filling, Sql.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(settings)))
    )
    if (!noServe) yield* serve(directory)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Fills a temporary database with months of activity and serves it"))
