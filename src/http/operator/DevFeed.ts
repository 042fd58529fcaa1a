// GET /dev/feed, in development: tells open pages about builds and restarts (see web/dev.ts).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Assets } from "../../layers/assets/Assets.ts"
import { Ids } from "../../layers/node/Ids.ts"
import { FastRouter } from "../server/FastRouter.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"

export const layer = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { builds } = yield* Assets
    if (builds === undefined) return
    const router = yield* FastRouter
    const streams = yield* SseConnections
    const instance = yield* (yield* Ids).random
    const open = new Set<SseConnection>()
    const frame = () =>
      new Frame(encodeFrame({ event: "build", data: JSON.stringify({ instance, files: builds.files() }) }))

    const writer: Writer = {
      ready: (stream) => stream.send(frame()),
      closed: (stream) => open.delete(stream)
    }

    yield* builds.changes.pipe(
      Stream.runForEach(() =>
        Effect.sync(() => {
          const built = frame()
          for (const stream of open) if (stream.isReady) stream.send(built)
        })
      ),
      Effect.forkScoped
    )
    router.feed("/dev/feed", (incoming) =>
      Effect.gen(function* () {
        const stream = yield* streams.open(incoming, { writer, session: null })
        open.add(stream)
        stream.send(frame())
        return undefined
      })
    )
  })
)
