// Every setting with its default, read once. A bad value stops the start with one line that names it.
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"

const atLeast = (minimum: number) => (config: Config.Config<number>) =>
  Config.validate(config, {
    message: `Expected at least ${minimum}`,
    validation: (n) => n >= minimum
  })

const limit = (name: string, byDefault: number) => Config.integer(name).pipe(atLeast(0), Config.withDefault(byDefault))

const settings = Config.all({
  host: Config.nonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
  /** 0 takes any free port. */
  port: Config.integer("PORT").pipe(
    Config.validate({ message: "Expected a port from 0 to 65535", validation: (n) => n >= 0 && n <= 65535 }),
    Config.withDefault(3000)
  ),
  dataDir: Config.nonEmptyString("DATA_DIR").pipe(Config.withDefault("./data")),
  environment: Config.literal("development", "production", "test")("NODE_ENV").pipe(Config.withDefault("development")),
  /** Messages that a subscriber of the bus may fall behind. */
  eventBusCapacity: Config.integer("EVENT_BUS_CAPACITY").pipe(atLeast(2), Config.withDefault(1024)),
  sessionTtl: Config.duration("SESSION_TTL").pipe(Config.withDefault(Duration.days(30))),
  sessionCleanupInterval: Config.duration("SESSION_CLEANUP_INTERVAL").pipe(Config.withDefault(Duration.hours(1))),
  adminToken: Config.option(Config.redacted("ADMIN_TOKEN")),
  /** Open streams at most, in all, of a session and of an address; 0 is without a limit. */
  streamLimit: limit("STREAM_LIMIT", 20_000),
  streamLimitPerSession: limit("STREAM_LIMIT_PER_SESSION", 64),
  streamLimitPerAddress: limit("STREAM_LIMIT_PER_ADDRESS", 1024),
  shutdownTimeout: Config.duration("SHUTDOWN_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  // `Config.logLevel` calls it "off".
  logLevel: Config.logLevel("LOG_LEVEL").pipe(
    Config.orElse(() => Config.map(Config.literal("none")("LOG_LEVEL"), () => LogLevel.None)),
    Config.option
  )
})

export class Settings extends Context.Tag("evenstar/Settings")<Settings, Config.Config.Success<typeof settings>>() {
  static readonly layer = Layer.effect(Settings, settings)
}
