// Open server-sent event streams: each route hands over its events, this writes them at the client's own pace.
// A client that drains nothing for 45 s is closed; a shutdown ends every stream cleanly.
import type { ServerResponse } from "node:http"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { comment, encodeFrame, type SseEvent } from "./SseFrame.ts"

const heartbeat = "15 seconds"
const patience = "45 seconds"
/** Milliseconds. Short: after a restart the browser is back before anybody asks why. */
const retry = 1000

const write = (response: ServerResponse, frame: string) =>
  Effect.async<void>((resume) => {
    if (response.write(frame)) return resume(Effect.void)
    const drained = () => resume(Effect.void)
    response.once("drain", drained)
    return Effect.sync(() => response.off("drain", drained))
  })

export class EventStreams extends Context.Tag("evenstar/EventStreams")<
  EventStreams,
  {
    /**
     * Answers the current request with a stream, until the events end, the client leaves or the server closes.
     * `ping` names an event that goes out with each heartbeat, for scripts that can't see comments.
     */
    readonly serve: <E, R>(
      events: Stream.Stream<SseEvent, E, R>,
      options?: { readonly ping?: boolean }
    ) => Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest>
    readonly open: Effect.Effect<number>
    /** Ends all streams; those that come later end at once. */
    readonly close: Effect.Effect<void>
  }
>() {
  static readonly layer = Layer.effect(
    EventStreams,
    Effect.gen(function* () {
      const closing = yield* Deferred.make<void>()
      let open = 0

      return {
        open: Effect.sync(() => open),
        close: Effect.asVoid(Deferred.succeed(closing, undefined)),
        serve: (events, options = {}) =>
          Effect.gen(function* () {
            const request = yield* HttpServerRequest.HttpServerRequest
            const response = NodeHttpServerRequest.toServerResponse(request)
            const beat = options.ping === true ? comment + encodeFrame({ event: "ping" }) : comment

            const sent = events.pipe(
              Stream.mapAccum(true, (isFirst, event) => [false, encodeFrame(isFirst ? { ...event, retry } : event)]),
              Stream.runForEach((frame) => Effect.timeout(write(response, frame), patience))
            )
            const beats = Effect.sync(() => {
              if (!response.writableNeedDrain) response.write(beat)
            }).pipe(Effect.schedule(Schedule.spaced(heartbeat)))

            yield* Effect.acquireUseRelease(
              Effect.sync(() => {
                open++
                response.writeHead(200, {
                  "content-type": "text/event-stream; charset=utf-8",
                  "cache-control": "no-store",
                  "x-accel-buffering": "no"
                })
                response.write(comment)
              }),
              () => Effect.raceFirst(Effect.raceFirst(sent, beats), Deferred.await(closing)),
              () =>
                Effect.sync(() => {
                  open--
                  // Unsent bytes of a client that stopped reading would keep an ended response open for ever.
                  if (response.writableNeedDrain) response.destroy()
                  else response.end()
                })
            ).pipe(
              Effect.catchTag("TimeoutException", () =>
                Effect.logDebug("Closed a stream that its client did not read")
              ),
              Effect.catchAllCause((cause) => Effect.logWarning("A stream broke off", cause))
            )
            return HttpServerResponse.empty()
          })
      }
    })
  )
}
