// The HTTP server around the routes: what every request meets first, and how it all ends.
import { createServer } from "node:http"
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import { withTracerDisabledWhenEffect } from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "../layers/Settings.ts"
import { StartFailed } from "../layers/Sql.ts"
import { answered, Forbidden } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"
import { isCrossSite, securityHeaders } from "./headers.ts"

/** Connections that still talk this long before the deadline are cut. */
const margin = Duration.seconds(1)

export class Server extends Context.Tag("evenstar/Server")<Server, { readonly url: string }>() {
  /** Serves the routes that the router has been given, on `HOST` and `PORT`, until its scope closes. */
  static readonly layer = Layer.scoped(
    Server,
    Effect.gen(function* () {
      const { host, port, shutdownTimeout } = yield* Settings
      const streams = yield* EventStreams
      const router = yield* HttpLayerRouter.HttpRouter
      const app = router.asHttpEffect()

      const guarded = Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (isCrossSite(NodeHttpServerRequest.toIncomingMessage(request))) {
          return yield* new Forbidden({ message: "Requests from other sites may not change anything here" })
        }
        return yield* app
      })
      // Without a span a request: it costs a third of the throughput, and a stream's span would last for days.
      const handler = yield* withTracerDisabledWhenEffect(NodeHttpServer.makeHandler(answered(guarded)), () => true)
      const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
        for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
        handler(request, response)
      })

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
