// All settings with defaults, read once. An invalid value stops the start with one line that names
// it.
import { join } from "node:path"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const atLeast = (minimum: number) => (config: Config.Config<number>) =>
  Config.validate(config, {
    message: `Expected at least ${minimum}`,
    validation: (n) => n >= minimum
  })

const limit = (name: string, byDefault: number) => Config.integer(name).pipe(atLeast(0), Config.withDefault(byDefault))

/** An empty value counts as missing: an empty token would grant access to everyone. */
const isGiven = (secret: Redacted.Redacted) => Redacted.value(secret) !== ""

const lifetime = (name: string, byDefault: Duration.Duration) =>
  Config.duration(name).pipe(
    Config.validate({ message: "Expected a second or more", validation: Duration.greaterThanOrEqualTo("1 second") }),
    // Times are stored in whole milliseconds.
    Config.map((duration) => Duration.millis(Math.floor(Duration.toMillis(duration)))),
    Config.withDefault(byDefault)
  )

const units = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const buses = ["memory", "postgres", "nats", "zenoh"] as const
/** Transport of events to other nodes. */
export type BusName = (typeof buses)[number]
const busName = (text: string) => buses.find((name) => name === text)

/** `nats`, or `dual:memory,nats` to switch from the first to the second. */
const eventBus = Config.string("EVENT_BUS").pipe(
  Config.mapOrFail((text): Either.Either<readonly [BusName, BusName?], ConfigError.ConfigError> => {
    const names = (text.startsWith("dual:") ? text.slice("dual:".length).split(",") : [text]).map((it) =>
      busName(it.trim())
    )
    const [first, second] = names
    const isOne = !text.startsWith("dual:") && first !== undefined
    const isTwo = names.length === 2 && first !== undefined && second !== undefined && first !== second
    if (isOne || isTwo) return Either.right(second === undefined ? [first] : [first, second])
    return Either.left(ConfigError.InvalidData([], `Expected ${buses.join(", ")}, or dual: and two of them`))
  }),
  Config.withDefault<readonly [BusName, BusName?]>(["memory"])
)

const secret = (name: string) => Config.map(Config.option(Config.redacted(name)), Option.filter(isGiven))

/**
 * The URL of a database or broker, or several separated by commas. May contain a password: never
 * logged.
 */
const secretUrl = (name: string, protocols: RegExp, expected: string, separator = "\n") =>
  secret(name).pipe(
    Config.mapOrFail((given) => {
      const isValid = Option.match(given, {
        onNone: () => true,
        onSome: (secret) =>
          Redacted.value(secret)
            .split(separator)
            .every((url) => protocols.test(url.trim()) && URL.canParse(url))
      })
      return isValid ? Either.right(given) : Either.left(ConfigError.InvalidData([name], `Expected ${expected}`))
    })
  )

/** `64 MiB`, or a number of bytes. */
const bytes = (name: string, byDefault: number) =>
  Config.string(name).pipe(
    Config.mapOrFail((text) => {
      const [, number = "", unit = ""] = /^\s*(\d{1,15})\s*(KiB|MiB|GiB)?\s*$/.exec(text) ?? []
      const factor = Object.entries(units).find(([name]) => name === unit)?.[1]
      return number === "" || factor === undefined
        ? Either.left(ConfigError.InvalidData([], "Expected a size such as 64 MiB"))
        : Either.right(Number(number) * factor)
    }),
    Config.withDefault(byDefault)
  )

const settings = Config.all({
  host: Config.nonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
  /** 0: any free port. */
  port: Config.integer("PORT").pipe(
    Config.validate({ message: "Expected a port from 0 to 65535", validation: (n) => n >= 0 && n <= 65535 }),
    Config.withDefault(3000)
  ),
  /** Public origin, for absolute links and passkeys; the Host header is not trusted. */
  publicUrl: Config.option(
    Config.url("PUBLIC_URL").pipe(
      Config.validate({
        message: "Expected http:// or https://, a host, and no path",
        validation: ({ hash, pathname, protocol, search }) =>
          /^https?:$/.test(protocol) && `${pathname}${search}${hash}` === "/"
      })
    )
  ),
  dataDir: Config.nonEmptyString("DATA_DIR").pipe(Config.withDefault("./data")),
  /**
   * PostgreSQL for log, sessions and accounts instead of SQLite; `DATA_DIR` then holds derived data
   * only.
   */
  databaseUrl: secretUrl("DATABASE_URL", /^postgres(ql)?:/, "postgres://USER@HOST:PORT/DATABASE"),
  /** Node id in event metadata and log lines. Default: the host name. */
  nodeId: Config.string("NODE_ID").pipe(
    Config.validate({
      message: "Expected 1 to 64 letters, digits, dots, dashes or underscores",
      validation: (id) => /^[\w.-]{1,64}$/.test(id)
    }),
    Config.option
  ),
  /** One bus, or two to switch between. */
  eventBus,
  /** Several for a cluster; a reachable one is used. */
  natsUrl: secretUrl(
    "NATS_URL",
    /^(nats|tls):\/\/[^/]/,
    "nats://HOST:PORT or tls://HOST:PORT, with commas between",
    ","
  ),
  natsUser: secret("NATS_USER"),
  natsPassword: secret("NATS_PASSWORD"),
  natsToken: secret("NATS_TOKEN"),
  /** Additional CA certificates (PEM) for the server. */
  natsCaFile: Config.option(Config.nonEmptyString("NATS_CA_FILE")),
  zenohUrl: secretUrl("ZENOH_URL", /^wss?:/, "ws://HOST:PORT of a zenoh-bridge-remote-api"),
  environment: Config.literal("development", "production", "test")("NODE_ENV").pipe(Config.withDefault("development")),
  /** Messages buffered per bus subscriber. */
  eventBusCapacity: Config.integer("EVENT_BUS_CAPACITY").pipe(atLeast(2), Config.withDefault(1024)),
  /**
   * Sessions expire after this time without use, and after the absolute time since the start or
   * last sign-in.
   */
  sessionTtl: lifetime("SESSION_TTL", Duration.days(30)),
  sessionAbsoluteTtl: lifetime("SESSION_ABSOLUTE_TTL", Duration.days(90)),
  sessionCleanupInterval: lifetime("SESSION_CLEANUP_INTERVAL", Duration.hours(1)),
  adminToken: secret("ADMIN_TOKEN"),
  /** Trusts the last entry of `X-Forwarded-For`; enable only behind a proxy that sets it. */
  trustProxy: Config.boolean("TRUST_PROXY").pipe(Config.withDefault(false)),
  /** Extends HSTS to subdomains; requires TLS on all of them. */
  hstsIncludeSubdomains: Config.boolean("HSTS_INCLUDE_SUBDOMAINS").pipe(Config.withDefault(false)),
  /** Accepted Host names, lower case; empty: any. */
  allowedHosts: Config.array(Config.string(), "ALLOWED_HOSTS").pipe(
    Config.map((hosts) => hosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== "")),
    Config.withDefault<ReadonlyArray<string>>([])
  ),
  /**
   * Per minute: commands per session (or per address without one), new sessions and sign-ins per
   * address.
   */
  commandRateLimit: limit("COMMAND_RATE_LIMIT", 6000),
  sessionRateLimit: limit("SESSION_RATE_LIMIT", 120),
  signInRateLimit: limit("SIGN_IN_RATE_LIMIT", 10),
  /** Maximum open streams: total, per session, per address; 0: unlimited. */
  streamLimit: limit("STREAM_LIMIT", 20_000),
  streamLimitPerSession: limit("STREAM_LIMIT_PER_SESSION", 64),
  streamLimitPerAddress: limit("STREAM_LIMIT_PER_ADDRESS", 1024),
  /** Longer queries are interrupted. */
  analyticsQueryTimeout: lifetime("ANALYTICS_QUERY_TIMEOUT", Duration.seconds(30)),
  /** Maximum cached query results and their bytes. */
  analyticsCacheCapacity: Config.integer("ANALYTICS_CACHE_CAPACITY").pipe(atLeast(1), Config.withDefault(1000)),
  analyticsCacheMaxBytes: bytes("ANALYTICS_CACHE_MAX_BYTES", 64 * 1024 * 1024),
  /** Lifetime of a cached result since its computation, and since its last use. */
  analyticsCacheTtl: lifetime("ANALYTICS_CACHE_TTL", Duration.minutes(5)),
  analyticsCacheIdleTtl: lifetime("ANALYTICS_CACHE_IDLE_TTL", Duration.minutes(1)),
  /** Delay between the signal (not ready, still serving) and the shutdown. */
  shutdownDelay: Config.duration("SHUTDOWN_DELAY").pipe(Config.withDefault(Duration.zero)),
  shutdownTimeout: Config.duration("SHUTDOWN_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  // `Config.logLevel` accepts "off", not "none".
  logLevel: Config.logLevel("LOG_LEVEL").pipe(
    Config.orElse(() => Config.map(Config.literal("none")("LOG_LEVEL"), () => LogLevel.None)),
    Config.option
  )
})

export class Settings extends Context.Tag("evenstar/Settings")<Settings, Config.Config.Success<typeof settings>>() {
  static readonly layer = Layer.effect(Settings, settings)
}

/** Database file of a `DATA_DIR`: log, sessions, accounts, read models. */
export const databaseFile = (dataDir: string): string => join(dataDir, "evenstar.db")
/** Derived data of a node whose log is in PostgreSQL: read models and snapshots. Disposable. */
export const derivedFile = (dataDir: string): string => join(dataDir, "derived.db")
