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
import { Door, send } from "./Door.ts"
import { answered, answerTo, Forbidden } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"
import { isCrossSite, securityHeaders } from "./headers.ts"

const fromOutside = Cause.fail(new Forbidden({ message: "Requests from other sites may not change anything here" }))

/** Connections that still talk this long before the deadline are cut. */
const margin = Duration.seconds(1)

export class Server extends Context.Tag("evenstar/Server")<Server, { readonly url: string }>() {
  /** Serves the routes that the router has been given, on `HOST` and `PORT`, until its scope closes. */
  static readonly layer = Layer.scoped(
    Server,
    Effect.gen(function* () {
      const { host, port, shutdownTimeout } = yield* Settings
      const streams = yield* EventStreams
      const door = yield* Door
      const router = yield* HttpLayerRouter.HttpRouter
      // Without a span a request: it costs a third of the throughput.
      const handler = yield* withTracerDisabledWhenEffect(
        NodeHttpServer.makeHandler(answered(router.asHttpEffect())),
        () => true
      )
      const run = Runtime.runFork(yield* Effect.runtime<never>())
      const refuse = (message: IncomingMessage, response: ServerResponse) =>
        run(Effect.map(answerTo(fromOutside, message), (reply) => send(response, reply)))
      const server = createServer({ requestTimeout: 60_000 }, (message, response) => {
        if (isCrossSite(message)) refuse(message, response)
        else if (!door.open(message, response)) {
          for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
          handler(message, response)
        }
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
