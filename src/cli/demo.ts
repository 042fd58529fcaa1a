// `evenstar demo`: a throw-away database with months of believable activity, and the server on it. With a directory of one's
// own it stays, for benchmarks and tests.
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
import { fill } from "./demo/fill.ts"
import * as Place from "./demo/place.ts"
import { canListen, serve } from "./demo/serve.ts"
import { onlySqlite } from "./onlySqlite.ts"
import * as Progress from "./progress.ts"

export class BadOption extends Schema.TaggedError<BadOption>()("BadOption", { message: Schema.String }) {}

const whole = (name: string, from: number, to: number, byDefault: number) =>
  Options.integer(name).pipe(
    Options.withSchema(
      Schema.Int.pipe(
        Schema.between(from, to, { message: ({ actual }) => `--${name} is from ${from} to ${to}, and not ${actual}` })
      )
    ),
    Options.withDefault(byDefault)
  )

const options = {
  events: whole("events", 1, 100_000_000, 1_000_000).pipe(Options.withDescription("How many events")),
  months: whole("months", 1, 120, 6).pipe(Options.withDescription("In how many months, of which this is the last")),
  seed: whole("seed", 0, 2 ** 32 - 1, 1).pipe(Options.withDescription("Another seed makes other people")),
  until: Options.date("until").pipe(Options.optional, Options.withDescription("When it ends, instead of now")),
  dataDir: Options.directory("data-dir").pipe(
    Options.optional,
    Options.withDescription("A directory for the database, which then stays")
  ),
  noServe: Options.boolean("no-serve").pipe(Options.withDescription("Only fill the database of --data-dir"))
}

/** As the environment says, but for DATA_DIR. */
const settingsOf = (dataDir: string) =>
  Layer.effect(
    Settings,
    Effect.map(Settings, (settings) => ({ ...settings, dataDir }))
  ).pipe(Layer.provide(Settings.layer))

export const demo = Command.make("demo", options, ({ dataDir, events, months, noServe, seed, until }) =>
  Effect.gen(function* () {
    yield* Effect.provide(
      onlySqlite(
        "the demo fills a SQLite file. Unset it; `evenstar migrate-log` copies the file's log into PostgreSQL"
      ),
      Settings.layer
    )
    if (noServe && Option.isNone(dataDir)) {
      return yield* new BadOption({
        message: "--no-serve needs a --data-dir: a temporary directory would be gone at once"
      })
    }
    const now = yield* DateTime.now
    const end = Option.match(until, { onNone: () => now, onSome: (date) => DateTime.unsafeMake(date) })
    if (DateTime.greaterThan(end, now)) return yield* new BadOption({ message: "--until lies in the future" })
    const span = { from: DateTime.subtract(end, { months }).epochMillis, until: end.epochMillis }

    const directory = yield* Option.match(dataDir, { onNone: () => Place.temporary, onSome: Effect.succeed })
    const settings = settingsOf(directory)
    if (!noServe) yield* Effect.provide(canListen, settings)
    const terminal = yield* Terminal
    const filling = Effect.gen(function* () {
      yield* terminal.display(`${events.toLocaleString("en")} events of ${months} months, into ${directory}\n`)
      yield* fill(yield* Features, { ...span, events, seed }, yield* Progress.make(events, "events"))
    })
    yield* Place.fresh(
      directory,
      Effect.provide(filling, Sql.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(settings)))
    )
    if (!noServe) yield* serve(directory)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Fills a throw-away database with months of activity, and serves it"))
