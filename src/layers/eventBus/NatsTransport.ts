// The bus on NATS core (at most once). Reconnects by itself: the client would buffer published
// messages without bound.
import { readFileSync } from "node:fs"
import { rootCertificates } from "node:tls"
import {
  connect,
  type NatsConnection,
  type NodeConnectionOptions,
  PermissionViolationError
} from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Settings } from "../node/Settings.ts"
import { StartFailed } from "../node/StartFailed.ts"
import { allNatsSubjects, natsSubject } from "./addresses.ts"
import { type BusConnection, BusConnectionLost, reconnecting, toConnectionLost } from "./reconnecting.ts"
import type { Transport } from "./Transport.ts"

/** Maximum message bytes; the server's default limit is 1 MiB. */
const maxBytes = 256 * 1024
/** Unacknowledged characters before a flush is requested, and before messages are dropped. */
const flushAfter = 1024 * 1024
const maxUnacknowledged = 8 * flushAfter
/** Milliseconds. Two unanswered pings mean that the connection is lost. */
const connectTimeout = 2000
const pingInterval = 2000

type Credentials = Pick<NodeConnectionOptions, "pass" | "token" | "user">

/** Client options from a URL: credentials separately; `tls:` requires TLS. */
const optionsOf = (address: string, credentials: Credentials, caFile: string | undefined): NodeConnectionOptions => {
  const { hostname, password, port, protocol, username } = new URL(address)
  // The certificate's host name: otherwise the client resolves "localhost" to an address.
  const tls = {
    host: hostname.replace(/^\[|\]$/g, ""),
    ...(caFile === undefined ? {} : { ca: [...rootCertificates, caFile].join("\n") })
  }
  const [user, pass] = [username, password].map(decodeURIComponent)
  // A user name without a password is a token, as in all NATS clients.
  const ofUrl =
    user === undefined || user === "" ? {} : pass === undefined || pass === "" ? { token: user } : { user, pass }
  return {
    servers: `${hostname}:${port === "" ? 4222 : port}`,
    name: "evenstar",
    ...ofUrl,
    ...credentials,
    ...(protocol === "tls:" || caFile !== undefined ? { tls } : {}),
    noEcho: true,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: connectTimeout,
    pingInterval,
    maxPingOut: 2
  }
}

const connectionLoss = (connection: NatsConnection) =>
  Effect.async<never, BusConnectionLost>((resume) => {
    const lose = (reason: string) => resume(Effect.fail(new BusConnectionLost({ reason })))
    const watch = async () => {
      for await (const status of connection.status()) {
        if (status.type === "staleConnection") return lose("the server doesn't answer")
        if (status.type !== "error") continue
        const { error } = status
        // The subscription is refused while the connection stays open.
        if (error instanceof PermissionViolationError && error.operation === "subscription") return lose(error.message)
      }
    }
    connection.closed().then((error) => lose(error instanceof Error ? error.message : "the connection was closed"))
    watch().catch((error: unknown) => resume(Effect.fail(toConnectionLost(error))))
  })

const toBusConnection = (connection: NatsConnection): BusConnection => {
  let sent = 0
  let arrived = 0
  let isFlushing = false

  const requestFlush = () => {
    const upTo = sent
    isFlushing = true
    const answered = () => {
      isFlushing = false
      arrived = upTo
    }
    // A lost connection neither acknowledges nor accepts messages.
    connection.flush().then(answered, () => {})
  }
  return {
    send: (subject, message) => {
      if (connection.isClosed() || sent - arrived > maxUnacknowledged) return
      // The connection is closing or refuses the size; the log has the event.
      if (Either.isLeft(Either.try(() => connection.publish(subject, message)))) return
      sent += message.length
      if (sent - arrived > flushAfter && !isFlushing) requestFlush()
    },
    subscribe: (subjects, listener) => {
      const begun = Either.try(() =>
        connection.subscribe(subjects, {
          callback: (error, message) => {
            if (error === null) listener(message.string())
          }
        })
      )
      return Either.match(begun, {
        onLeft: (error) => ({ live: Effect.fail(toConnectionLost(error)), end: () => {} }),
        onRight: (subscription) => ({
          live: Effect.tryPromise({ try: () => connection.flush(), catch: toConnectionLost }),
          end: () => subscription.unsubscribe()
        })
      })
    },
    lost: connectionLoss(connection)
  }
}

const readCa = (file: string) =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (error) => new StartFailed({ message: `NATS_CA_FILE can't be read: ${toConnectionLost(error).reason}` })
  })

export const make = Effect.gen(function* () {
  const { natsCaFile, natsPassword, natsToken, natsUrl, natsUser } = yield* Settings
  if (Option.isNone(natsUrl)) return yield* new StartFailed({ message: "EVENT_BUS=nats needs NATS_URL" })
  const credentials = {
    ...(Option.isSome(natsUser) ? { user: Redacted.value(natsUser.value) } : {}),
    ...(Option.isSome(natsPassword) ? { pass: Redacted.value(natsPassword.value) } : {}),
    ...(Option.isSome(natsToken) ? { token: Redacted.value(natsToken.value) } : {})
  }
  const ca = Option.isSome(natsCaFile) ? yield* readCa(natsCaFile.value) : undefined
  const servers = Redacted.value(natsUrl.value)
    .split(",")
    .map((address) => optionsOf(address.trim(), credentials, ca))
  let tries = 0
  let taken = maxBytes

  const open = Effect.gen(function* () {
    const options = servers[tries++ % servers.length]
    const connecting = yield* Effect.acquireRelease(
      Effect.sync(() => connect(options)),
      // Also closes a connection that is still being established.
      (made) =>
        Effect.promise(() => made.then((connection) => connection.close()).catch(() => {})).pipe(
          Effect.timeoutOption("1 second")
        )
    )
    const connection = yield* Effect.tryPromise({ try: () => connecting, catch: toConnectionLost })
    taken = Math.min(maxBytes, connection.info?.max_payload ?? maxBytes)
    return toBusConnection(connection)
  })
  const bus = yield* reconnecting("NATS", open)
  return {
    name: "nats",
    get maxBytes() {
      return taken
    },
    send: (address, message) => bus.send(natsSubject(address), message),
    subscribe: (listener) => bus.subscribe(allNatsSubjects, listener),
    silent: bus.silent
  } satisfies Transport
})
