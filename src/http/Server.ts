// The HTTP server around the routes: what every request meets first, and how it all ends.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import { withTracerDisabledWhenEffect } from "@effect/platform/HttpMiddleware"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { Settings } from "../layers/Settings.ts"
import { StartFailed } from "../layers/Sql.ts"
import { Door, expectReader } from "./Door.ts"
import { answered, answerTo, Forbidden } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"
import { crossSiteCheck, hostCheck, securityHeaders } from "./headers.ts"
import { inTurn } from "./inTurn.ts"

/** Who sends in drips is answered with 408 and cut off, and headers beyond their size with 431. Milliseconds and bytes. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024
}
/**
 * Milliseconds that an idle connection is kept. A proxy's is kept longer than proxies keep theirs (60 s): it must not use one in
 * the moment in which we close it.
 */
const keepAlive = { browser: 5000, proxy: 75_000 }
/** Connections beside those of `STREAM_LIMIT`; those beyond are closed at once, and the open ones go on. */
const spareConnections = 10_000

const fromOutside = Cause.fail(new Forbidden({ message: "Requests from other sites may not change anything here" }))
const forAnother = Cause.fail(new Forbidden({ message: "This server does not answer to that host name" }))

/**
 * A target in absolute form (`GET http://host/path`; RFC 9112, 3.2.2) says itself which host is meant, whatever the Host header
 * says. From here on it is like any other.
 */
const toOriginForm = (message: IncomingMessage) => {
  const [, host, path = ""] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)([^#]*)/i.exec(message.url ?? "") ?? []
  if (host === undefined) return
  message.headers.host = host
  message.url = path.startsWith("/") ? path : `/${path}`
}

/** For answers of the platform, which ends them where we don't see it. */
function ended(this: ServerResponse) {
  expectReader(this)
}

/** Connections that still talk this long before the deadline are cut. */
const margin = Duration.seconds(1)

export class Server extends Context.Tag("evenstar/Server")<Server, { readonly url: string }>() {
  /** Serves the routes that the router has been given, on `HOST` and `PORT`, until its scope closes. */
  static readonly layer = Layer.scoped(
    Server,
    Effect.gen(function* () {
      const { host, port, shutdownTimeout, streamLimit, trustProxy } = yield* Settings
      const streams = yield* EventStreams
      const door = yield* Door
      const router = yield* HttpLayerRouter.HttpRouter
      const isForUs = yield* hostCheck
      const isCrossSite = yield* crossSiteCheck
      const security = Object.entries(yield* securityHeaders)
      // Without a span a request: it costs a third of the throughput.
      const handler = yield* withTracerDisabledWhenEffect(
        NodeHttpServer.makeHandler(answered(router.asHttpEffect())),
        () => true
      )
      const run = Runtime.runFork(yield* Effect.runtime<never>())
      const refuse = (cause: typeof fromOutside, message: IncomingMessage, response: ServerResponse) =>
        run(Effect.map(answerTo(cause, message), (reply) => door.send(response, reply)))
      const listener = inTurn((message, response) => {
        if (message.url?.startsWith("/") === false) toOriginForm(message)
        if (!isForUs(message)) refuse(forAnother, message, response)
        else if (isCrossSite(message)) refuse(fromOutside, message, response)
        else if (!door.open(message, response)) {
          for (const [name, value] of security) response.setHeader(name, value)
          response.once("prefinish", ended)
          handler(message, response)
        }
      })
      const server = createServer(limits, listener)
      server.keepAliveTimeout = trustProxy ? keepAlive.proxy : keepAlive.browser
      // Node drops silently what is beyond a count; the size bounds it, and a header that was sent is a header that counts.
      server.maxHeadersCount = 0
      if (streamLimit > 0) server.maxConnections = streamLimit + spareConnections

      yield* Effect.acquireRelease(
        Effect.async<void, StartFailed>((resume) => {
          server.once("error", (error) =>
            resume(Effect.fail(new StartFailed({ message: `Can't listen on ${host}:${port}: ${error.message}` })))
          )
          server.listen(port, host, () => resume(Effect.void))
        }),
        () =>
          Effect.gen(function* () {
            yield* streams.close
            // Who is being answered is the last to keep us.
            server.keepAliveTimeout = 1
            const closed = Effect.async<void>((resume) => {
              server.close(() => resume(Effect.void))
              server.closeIdleConnections()
            })
            const grace = Duration.subtract(shutdownTimeout, margin)
            yield* Effect.timeoutOption(closed, grace)
            server.closeAllConnections()
          })
      )
      const address = server.address()
      const url = `http://${host}:${typeof address === "object" && address !== null ? address.port : port}`
      yield* Effect.logInfo(`Evenstar is at ${url}`)
      return { url }
    })
  )
}
