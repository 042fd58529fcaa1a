// Baseline: fan-out with an Effect subscription and Stream for each client, encoded per client.
import { createServer } from "node:http"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { answer, Publish } from "../support/calls.ts"
import { pace } from "../support/clock.ts"
import { comment, frame, streamHeaders, type Ticked, ticked } from "../support/samples.ts"

const application = Layer.unwrapEffect(
  Effect.gen(function* () {
    const events = yield* PubSub.unbounded<Ticked>()
    const runtime = yield* Effect.runtime<never>()
    let sequence = 0

    answer(Publish, async (asked) => {
      const first = sequence + 1
      const seconds = await pace(asked, (count) => {
        const ticks = Array.from({ length: count }, () => ticked(++sequence))
        Runtime.runFork(runtime)(PubSub.publishAll(events, ticks))
      })
      return { first, last: sequence, seconds }
    })

    const stream = Stream.unwrapScoped(
      Effect.map(Stream.fromPubSub(events, { scoped: true }), (live) =>
        Stream.concat(Stream.make(comment), Stream.map(live, frame))
      )
    )
    const route = HttpServerResponse.stream(Stream.encodeText(stream), {
      headers: streamHeaders,
      contentType: streamHeaders["content-type"]
    })
    const server = NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })
    return HttpRouter.empty.pipe(
      HttpRouter.get("/events", Effect.succeed(route)),
      HttpServer.serve(),
      Layer.merge(
        Layer.effectDiscard(
          HttpServer.addressFormattedWith((url) => Effect.sync(() => console.log(`Baseline is at ${url}`)))
        )
      ),
      Layer.provide(server)
    )
  })
)

Effect.runFork(Layer.launch(application))
