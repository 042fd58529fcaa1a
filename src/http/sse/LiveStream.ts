// GET /live?feed=<path>&feed=<path>: several feeds on one connection, each authorized and framed as
// by its own route. `at=<id>` after a feed is its last event id. Stateless: any node can serve it.
// To change the feeds, a client opens another stream before it closes this one.
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Visitor } from "../account/Visitor.ts"
import { problemReply, ValidationFailed } from "../server/Errors.ts"
import { FastRouter, type Incoming } from "../server/FastRouter.ts"
import type { SharedStream } from "./SharedStream.ts"
import { SseConnections } from "./SseConnections.ts"

/** Feeds on one connection. */
export const maxFeeds = 64
/** UTF-16 units of a feed's path. */
const maxPath = 512

interface Wanted {
  readonly path: string
  readonly at: string | undefined
}

const isPath = (path: string) => path.length <= maxPath && /^\/[\x21-\x7e]*$/.test(path) && !path.includes("#")

/** The requested feeds without duplicates. */
const wantedOf = ({ url = "" }: IncomingMessage): Effect.Effect<ReadonlyArray<Wanted>, ValidationFailed> => {
  const wanted = new Map<string, Wanted>()
  let last: string | undefined
  for (const [name, value] of new URLSearchParams(url.replace(/^[^?]*/, ""))) {
    if (name === "at" && last !== undefined) wanted.set(last, { path: last, at: value })
    else if (name === "feed" && isPath(value)) {
      last = value
      wanted.set(value, { path: value, at: undefined })
    } else return new ValidationFailed({ message: "Expected feed=<path> and, after it, at=<id>" })
  }
  return wanted.size > 0 && wanted.size <= maxFeeds
    ? Effect.succeed([...wanted.values()])
    : new ValidationFailed({ message: `Expected 1 to ${maxFeeds} feeds` })
}

/** The request that the feed's own route would receive. */
const messageFor = ({ message }: Incoming, { at, path }: Wanted): IncomingMessage => {
  const { "last-event-id": _, ...headers } = message.headers
  return Object.create(message, {
    url: { value: path },
    headers: { value: at === undefined ? headers : { ...headers, "last-event-id": at } }
  })
}
/** The headers have been sent, so `setHeader` does nothing. */
const responseFor = ({ response }: Incoming): ServerResponse =>
  Object.create(response, { setHeader: { value: () => response } })

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const router = yield* FastRouter
    const streams = yield* SseConnections
    const visitors = yield* Visitor

    const openFeed = (incoming: Incoming, shared: SharedStream, wanted: Wanted) => {
      const message = messageFor(incoming, wanted)
      streams.share(message, wanted.path, shared)
      return Effect.suspend(() => {
        const opened = router.openFeed(message, responseFor(incoming))
        if (opened === undefined) return Effect.succeed({ status: 404 })
        return Effect.isEffect(opened) ? opened : Effect.succeed(opened)
      }).pipe(
        Effect.catchAllCause((cause) => problemReply(cause, message)),
        Effect.map((reply) => reply !== undefined && shared.tell(wanted.path, reply.status))
      )
    }

    router.route("GET", "/live", (incoming) =>
      Effect.gen(function* () {
        const wanted = yield* wantedOf(incoming.message)
        // The session cookie must be set before the headers are sent.
        const actor = yield* visitors.of(incoming)
        const shared = yield* streams.openShared(incoming, actor?.session.handle ?? null)
        yield* Effect.forEach(wanted, (it) => openFeed(incoming, shared, it), { concurrency: 8, discard: true })
        return undefined
      })
    )
  })
)
