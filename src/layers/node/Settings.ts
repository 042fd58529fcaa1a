// Every setting with its default, read once. A bad value stops the start with one line that names it.
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

/** A setting that is given but empty is not given: an empty token would let everybody in. */
const isGiven = (secret: Redacted.Redacted) => Redacted.value(secret) !== ""

const lifetime = (name: string, byDefault: Duration.Duration) =>
  Config.duration(name).pipe(
    Config.validate({ message: "Expected a second or more", validation: Duration.greaterThanOrEqualTo("1 second") }),
    // Times are kept in whole milliseconds.
    Config.map((duration) => Duration.millis(Math.floor(Duration.toMillis(duration)))),
    Config.withDefault(byDefault)
  )

const units = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const buses = ["memory", "postgres", "nats", "zenoh"] as const
/** What carries events to other nodes, if anything does. */
export type BusName = (typeof buses)[number]
const busName = (text: string) => buses.find((name) => name === text)

/** `nats`, or `dual:memory,nats`: two, of which the second is to take the first one's place. */
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

/** A database's or a broker's URL, or where there may be several, URLs with commas between: it may hold a password, so it is never shown. */
const secretUrl = (name: string, protocols: RegExp, expected: string, separator = "\n") =>
  secret(name).pipe(
    Config.validate({
      message: `Expected ${expected}`,
      validation: Option.match({
        onNone: () => true,
        onSome: (secret) =>
          Redacted.value(secret)
            .split(separator)
            .every((url) => protocols.test(url.trim()) && URL.canParse(url))
      })
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
  /** 0 takes any free port. */
  port: Config.integer("PORT").pipe(
    Config.validate({ message: "Expected a port from 0 to 65535", validation: (n) => n >= 0 && n <= 65535 }),
    Config.withDefault(3000)
  ),
  /** Where browsers find this: for absolute links and passkeys, which know nothing of the Host header. */
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
  /** Where the log, the sessions and the accounts are, unless they are in SQLite; `DATA_DIR` then keeps what is derived from them. */
  databaseUrl: secretUrl("DATABASE_URL", /^postgres(ql)?:/, "postgres://USER@HOST:PORT/DATABASE"),
  /** This process among others: in the metadata of its events, and in its lines of the log. By default the machine's name. */
  nodeId: Config.string("NODE_ID").pipe(
    Config.validate({
      message: "Expected 1 to 64 letters, digits, dots, dashes or underscores",
      validation: (id) => /^[\w.-]{1,64}$/.test(id)
    }),
    Config.option
  ),
  /** One bus, or two of which the second is to take the first one's place. */
  eventBus,
  /** Of a cluster several, of which one that is there is taken. */
  natsUrl: secretUrl(
    "NATS_URL",
    /^(nats|tls):\/\/[^/]/,
    "nats://HOST:PORT or tls://HOST:PORT, with commas between",
    ","
  ),
  natsUser: secret("NATS_USER"),
  natsPassword: secret("NATS_PASSWORD"),
  natsToken: secret("NATS_TOKEN"),
  /** A file with certificates (PEM) that the server's is held against, beside those of Node. */
  natsCaFile: Config.option(Config.nonEmptyString("NATS_CA_FILE")),
  zenohUrl: secretUrl("ZENOH_URL", /^wss?:/, "ws://HOST:PORT of a zenoh-bridge-remote-api"),
  environment: Config.literal("development", "production", "test")("NODE_ENV").pipe(Config.withDefault("development")),
  /** Messages that a subscriber of the bus may fall behind. */
  eventBusCapacity: Config.integer("EVENT_BUS_CAPACITY").pipe(atLeast(2), Config.withDefault(1024)),
  /** A session ends so long after the last visit, and in any case so long after its begin or the last sign-in. */
  sessionTtl: lifetime("SESSION_TTL", Duration.days(30)),
  sessionAbsoluteTtl: lifetime("SESSION_ABSOLUTE_TTL", Duration.days(90)),
  sessionCleanupInterval: lifetime("SESSION_CLEANUP_INTERVAL", Duration.hours(1)),
  adminToken: secret("ADMIN_TOKEN"),
  /** The last entry of `X-Forwarded-For` is the client: only true behind a proxy that writes it. */
  trustProxy: Config.boolean("TRUST_PROXY").pipe(Config.withDefault(false)),
  /** HSTS holds for the host's subdomains too: only where all of them have TLS. */
  hstsIncludeSubdomains: Config.boolean("HSTS_INCLUDE_SUBDOMAINS").pipe(Config.withDefault(false)),
  /** Host names, in lower case, that are answered; none: any. */
  allowedHosts: Config.array(Config.string(), "ALLOWED_HOSTS").pipe(
    Config.map((hosts) => hosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== "")),
    Config.withDefault<ReadonlyArray<string>>([])
  ),
  /** A minute: commands of a session, or of an address without one; new sessions and sign-ins of an address. */
  commandRateLimit: limit("COMMAND_RATE_LIMIT", 6000),
  sessionRateLimit: limit("SESSION_RATE_LIMIT", 120),
  signInRateLimit: limit("SIGN_IN_RATE_LIMIT", 10),
  /** Open streams at most, in all, of a session and of an address; 0 is without a limit. */
  streamLimit: limit("STREAM_LIMIT", 20_000),
  streamLimitPerSession: limit("STREAM_LIMIT_PER_SESSION", 64),
  streamLimitPerAddress: limit("STREAM_LIMIT_PER_ADDRESS", 1024),
  /** A query that takes longer is interrupted. */
  analyticsQueryTimeout: lifetime("ANALYTICS_QUERY_TIMEOUT", Duration.seconds(30)),
  /** Answers that are kept at most, and their bytes in all. */
  analyticsCacheCapacity: Config.integer("ANALYTICS_CACHE_CAPACITY").pipe(atLeast(1), Config.withDefault(1000)),
  analyticsCacheMaxBytes: bytes("ANALYTICS_CACHE_MAX_BYTES", 64 * 1024 * 1024),
  /** An answer is kept for so long after it was computed, and after it was last asked for. */
  analyticsCacheTtl: lifetime("ANALYTICS_CACHE_TTL", Duration.minutes(5)),
  analyticsCacheIdleTtl: lifetime("ANALYTICS_CACHE_IDLE_TTL", Duration.minutes(1)),
  /** From the signal on, while it is no longer ready and still answers; `shutdownTimeout` begins after it. */
  shutdownDelay: Config.duration("SHUTDOWN_DELAY").pipe(Config.withDefault(Duration.zero)),
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

/** The database of a `DATA_DIR`: the log, sessions, accounts, read models. */
export const databaseFile = (dataDir: string): string => join(dataDir, "evenstar.db")
/** What a node whose log is elsewhere keeps for itself: read models and snapshots. Disposable. */
export const derivedFile = (dataDir: string): string => join(dataDir, "derived.db")
