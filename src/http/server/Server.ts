// The HTTP server: checks in front of the routes, and graceful shutdown.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import { withTracerDisabledWhenEffect } from "@effect/platform/HttpMiddleware"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import { isRefusal, type Refusal } from "../../domain/Refusal.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import { StartFailed } from "../../layers/node/StartFailed.ts"
import { realDelay, yieldToEventLoop } from "../../lib/eventLoop.ts"
import { Readiness } from "../operator/Readiness.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { stopListening, watchConnections } from "./connections.ts"
import { allowHeader, Forbidden, MethodNotAllowed, NotFound, problemReply, type Reply, withProblems } from "./Errors.ts"
import { expectReader, FastRouter } from "./FastRouter.ts"
import { crossSiteCheck, hostCheck, securityHeaders } from "./headers.ts"
import { isExact, toOriginForm } from "./requestTarget.ts"
import { serializePipelining } from "./serializePipelining.ts"

/**
 * Milliseconds and bytes. Slow requests get a 408 and are disconnected; large headers get a 431.
 */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024
}
/**
 * Keep-alive timeouts in milliseconds. Behind a proxy it is longer than the proxy's own (60 s), so
 * that the proxy never reuses a connection that is being closed.
 */
const keepAlive = { browser: 5000, proxy: 75_000 }
/** Connections allowed besides `STREAM_LIMIT`; more are closed on accept. */
const spareConnections = 10_000

const fromOutside = Cause.fail(new Forbidden({ message: "Requests from other sites may not change data" }))
const notFound = Cause.fail(new NotFound())
const forAnother = Cause.fail(new Forbidden({ message: "This server does not accept that host name" }))

/** The response to OPTIONS (RFC 9110, 9.3.7). */
const optionsOf = (allowed: ReadonlyArray<string>): Reply => ({
  status: 204,
  headers: { allow: allowHeader(allowed), "cache-control": "no-store" },
  body: ""
})

/** Arms the write timeout of responses that the platform ends. */
function ended(this: ServerResponse) {
  expectReader(this)
}

/** Connections still active so long before the deadline are destroyed. */
const margin = Duration.seconds(1)
/** Milliseconds for last requests on idle connections, whose responses say `Connection: close`. */
const linger = 250

/**
 * Prints localhost for local addresses: passkeys need a host name, and cookies of 127.0.0.1 are not
 * sent to localhost.
 */
const printedHost = (host: string) => (/^(127\.0\.0\.1|::1|0\.0\.0\.0|::)$/.test(host) ? "localhost" : host)

const secureCookiesDropped =
  "Browsers will drop the session cookie: in production it is Secure, and no setting says that TLS is in front. " +
  "Set PUBLIC_URL to the site's https:// address, or TRUST_PROXY=true behind a proxy with TLS"

/** Remedies by the error code of `listen`. */
const listenHints: Readonly<Record<string, string>> = {
  EADDRINUSE: "end the process that has the port, or set PORT to another one (0 takes a free one)",
  EACCES: "this user may not take that port: set PORT to one from 1024 on",
  EADDRNOTAVAIL: "set HOST to an address of this machine, such as 127.0.0.1",
  ENOTFOUND: "set HOST to an address of this machine, such as 127.0.0.1"
}
const listenFailed = (where: string, error: Error) => {
  const hint = "code" in error ? listenHints[String(error.code)] : undefined
  return new StartFailed({
    message: `Can't listen on ${where}: ${error.message}${hint === undefined ? "" : `: ${hint}`}`
  })
}

/** Maps a failure of an extension's route: refusals stay, anything else is a defect. */
const refusalOf = (error: unknown): Effect.Effect<never, Refusal> => {
  if (isRefusal(error)) return Effect.fail(error)
  return Predicate.isTagged(error, "RouteNotFound") ? Effect.fail(new NotFound()) : Effect.die(error)
}

export class Server extends Context.Tag("evenstar/Server")<Server, { readonly url: string }>() {
  /** Serves the routers' routes on `HOST` and `PORT` until the scope closes. */
  static readonly layer = Layer.scoped(
    Server,
    Effect.gen(function* () {
      const { environment, host, port, publicUrl, shutdownDelay, shutdownTimeout, streamLimit, trustProxy } =
        yield* Settings
      const isHttps = Option.exists(publicUrl, ({ protocol }) => protocol === "https:")
      const dropsCookies = environment === "production" && !trustProxy && !isHttps
      const readiness = yield* Readiness
      const streams = yield* SseConnections
      const fastRouter = yield* FastRouter
      const router = yield* HttpLayerRouter.HttpRouter
      const isForUs = yield* hostCheck
      const isCrossSite = yield* crossSiteCheck
      const security = yield* securityHeaders
      // A span for each request would cost a third of the throughput.
      const handler = yield* withTracerDisabledWhenEffect(
        NodeHttpServer.makeHandler(withProblems(Effect.catchAll(router.asHttpEffect(), refusalOf))),
        () => true
      )
      const run = Runtime.runFork(yield* Effect.runtime<never>())
      const refuse = (cause: Cause.Cause<Refusal>, message: IncomingMessage, response: ServerResponse) =>
        run(Effect.map(problemReply(cause, message), (reply) => fastRouter.send(response, reply)))
      const platform = (message: IncomingMessage, response: ServerResponse) => {
        for (const [name, value] of security(message)) response.setHeader(name, value)
        response.once("prefinish", ended)
        handler(message, response)
      }
      /** Serves the platform's routes, OPTIONS, 404 and 405. */
      const openOther = (message: IncomingMessage, response: ServerResponse) => {
        const { method = "GET", url = "" } = message
        const allowed = fastRouter.allowed(url)
        if (allowed.includes(method)) platform(message, response)
        else if (allowed.length === 0) refuse(notFound, message, response)
        else if (method === "OPTIONS") fastRouter.send(response, optionsOf(allowed))
        else refuse(Cause.fail(new MethodNotAllowed({ allowed })), message, response)
      }
      const take = serializePipelining((message, response) => {
        const isPlain = message.url?.startsWith("/") === true || toOriginForm(message)
        if (!isForUs(message)) refuse(forAnother, message, response)
        else if (isCrossSite(message)) refuse(fromOutside, message, response)
        else if (!isPlain || !isExact(message.url ?? "")) refuse(notFound, message, response)
        else if (!fastRouter.open(message, response)) openOther(message, response)
      })
      const server = createServer(limits, (message, response) => {
        connections.began(message, response)
        take(message, response)
      })
      const connections = watchConnections(server)
      server.keepAliveTimeout = trustProxy ? keepAlive.proxy : keepAlive.browser
      // No limit on the count, because Node silently drops headers beyond it; the size is limited.
      server.maxHeadersCount = 0
      if (streamLimit > 0) server.maxConnections = streamLimit + spareConnections

      const clash = fastRouter.clash()
      if (clash !== undefined) return yield* new StartFailed({ message: clash })
      yield* Effect.acquireRelease(
        Effect.async<void, StartFailed>((resume) => {
          server.once("error", (error) => resume(Effect.fail(listenFailed(`${host}:${port}`, error))))
          server.listen(port, host, () => resume(Effect.void))
        }),
        () =>
          Effect.gen(function* () {
            const closed = yield* Deferred.make<void>()
            const done = Effect.interruptible(Deferred.await(closed))
            const grace = Duration.subtract(shutdownTimeout, Duration.sum(margin, Duration.millis(linger)))
            stopListening(server, () => Deferred.unsafeDone(closed, Exit.void))
            // For responses whose headers were sent before the shutdown began.
            server.keepAliveTimeout = linger
            yield* streams.close
            yield* Effect.raceFirst(done, Effect.interruptible(realDelay(linger)))
            // Requests already received are read first: their connections are not idle.
            yield* yieldToEventLoop
            connections.closeIdle()
            yield* Effect.timeoutOption(done, grace)
            server.closeAllConnections()
            // Stops the server's own timer.
            server.close()
          })
      )
      // Runs first at shutdown, before any release: requests are still served.
      yield* Effect.addFinalizer(() =>
        Effect.sync(connections.end).pipe(Effect.zipRight(readiness.end), Effect.zipRight(Effect.sleep(shutdownDelay)))
      )
      const address = server.address()
      const url = `http://${printedHost(host)}:${typeof address === "object" && address !== null ? address.port : port}`
      if (dropsCookies) yield* Effect.logWarning(secureCookiesDropped)
      const elsewhere = Option.filter(publicUrl, ({ origin }) => origin !== url)
      const forBrowsers = Option.match(elsewhere, {
        onNone: () => "",
        onSome: ({ origin }) => ` (for browsers ${origin})`
      })
      yield* Effect.logInfo(`${yield* SiteName} is at ${url}${forBrowsers}`)
      return { url }
    })
  )
}
