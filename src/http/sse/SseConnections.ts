// All open SSE connections: admission, heartbeats, and closing.
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { SessionHandle } from "../../domain/Session.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { clientAddress, network } from "../server/address.ts"
import { TooManyStreams } from "../server/Errors.ts"
import type { Incoming } from "../server/FastRouter.ts"
import { headerLists } from "../server/headers.ts"
import { UnsentBytes } from "../server/UnsentBytes.ts"
import { SharedStream } from "./SharedStream.ts"
import { type OpenOptions, ResponseStream, type SseConnection } from "./SseConnection.ts"
import { comment, encodeFrame } from "./SseFrame.ts"
import { acceptsGzip, Frame } from "./StreamFrame.ts"

/** A heartbeat every 60 steps of 250 ms (15 s), spread over a wheel to avoid pauses of the loop. */
const step = "250 millis"
const steps = 60

/** Feeds on shared streams that an address may have, for each of its permitted streams. */
const feedsPerStream = 4

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
  vary: "accept-encoding"
}
const chunked = ["transfer-encoding", "chunked"]
const compressed = ["content-encoding", "gzip"]

/** The first frame of a stream, by position; shared by streams that open at the same time. */
const makeOpenings = () => {
  const none = new Frame(comment)
  let newest = { position: -1, frame: none }
  return (position: Sequence | undefined): Frame => {
    if (position === undefined) return none
    if (newest.position !== position) newest = { position, frame: new Frame(encodeFrame({ id: position })) }
    return newest.frame
  }
}

/** Counters by name; zero counters are removed. */
class Counts {
  private readonly counts = new Map<string, number>()
  of(name: string): number {
    return this.counts.get(name) ?? 0
  }
  add(name: string, by: 1 | -1) {
    const count = this.of(name) + by
    if (count === 0) this.counts.delete(name)
    else this.counts.set(name, count)
  }
}

export type Refusals = Readonly<Record<TooManyStreams["of"], number>>

export class SseConnections extends Context.Tag("evenstar/SseConnections")<
  SseConnections,
  {
    /** Turns a response into a stream; the first bytes have been written when this returns. */
    readonly open: (incoming: Incoming, options: OpenOptions) => Effect.Effect<SseConnection, TooManyStreams>
    /** Opens a stream that carries several feeds; counts as one stream. */
    readonly openShared: (
      incoming: Incoming,
      session: SessionHandle | null
    ) => Effect.Effect<SharedStream, TooManyStreams>
    /** Makes the stream opened for this message a part of a shared stream. */
    readonly share: (message: IncomingMessage, path: string, stream: SharedStream) => void
    /** Whether the message belongs to a shared stream. */
    readonly isShared: (message: IncomingMessage) => boolean
    /** Open streams, the limits, and the refusals of each limit since the start. */
    readonly count: Effect.Effect<{ readonly open: number; readonly limits: Refusals; readonly refused: Refusals }>
    /** Open feeds on shared streams. */
    readonly sharedFeeds: Effect.Effect<number>
    /** Ends the streams of a session. */
    readonly endSession: (session: SessionHandle) => void
    /** Ends all streams, and later ones at once. */
    readonly close: Effect.Effect<void>
  }
>() {
  static readonly layer = Layer.scoped(
    SseConnections,
    Effect.gen(function* () {
      const { streamLimit, streamLimitPerAddress, streamLimitPerSession, trustProxy } = yield* Settings
      const { ledger } = yield* UnsentBytes
      const headerList = yield* headerLists
      const opening = makeOpenings()
      const wheel = Array.from({ length: steps }, () => new Set<ResponseStream>())
      const limits = { server: streamLimit, session: streamLimitPerSession, address: streamLimitPerAddress }
      const refused = { server: 0, session: 0, address: 0 }
      const ofSession = new Counts()
      const ofNetwork = new Counts()
      const feedsOf = new Counts()
      const shares = new WeakMap<IncomingMessage, { readonly path: string; readonly stream: SharedStream }>()
      let isClosing = false
      let open = 0
      let sharedFeeds = 0
      let now = 0

      const isOver = (count: number, limit: number) => limit > 0 && count >= limit
      const overLimit = (session: SessionHandle | null, from: string) => {
        if (isOver(open, streamLimit)) return "server"
        if (session !== null && isOver(ofSession.of(session), streamLimitPerSession)) return "session"
        if (!ledger.admits(from, 1)) return "server"
        return isOver(ofNetwork.of(from), streamLimitPerAddress) ? "address" : undefined
      }

      const count = (stream: ResponseStream, by: 1 | -1) => {
        open += by
        ofNetwork.add(stream.network, by)
        if (stream.session !== null) ofSession.add(stream.session, by)
      }

      /** By response: listeners are shared, because a closure for each would cost memory. */
      const streams = new Map<ServerResponse, ResponseStream>()
      function drained(this: ServerResponse) {
        streams.get(this)?.drained()
      }
      function closed(this: ServerResponse) {
        const stream = streams.get(this)
        if (stream === undefined) return
        streams.delete(this)
        wheel[stream.slot]?.delete(stream)
        count(stream, -1)
        stream.release()
        stream.writer.closed(stream)
      }
      /** Pipelined requests can't stream before the previous response ends; closed ones never. */
      const isHopeless = ({ message, response }: Incoming) =>
        response.socket === null || response.destroyed || message.socket.destroyed

      yield* Effect.sync(() => {
        now++
        for (const stream of wheel[now % steps] ?? []) if (!stream.turn(now)) stream.destroy()
      }).pipe(Effect.repeat(Schedule.spaced(step)), Effect.forkScoped)

      const begin = (
        incoming: Incoming,
        { headers = [], ping = false, position, session, writer }: OpenOptions
      ): Effect.Effect<ResponseStream, TooManyStreams> =>
        Effect.suspend(() => {
          const { message, response } = incoming
          const from = network(clientAddress(message, trustProxy))
          const of = isHopeless(incoming) ? "address" : overLimit(session, from)
          if (of !== undefined) {
            refused[of]++
            return new TooManyStreams({ of })
          }
          const isCompressed = acceptsGzip(message.headers["accept-encoding"])
          // HTTP/1.0 has no chunked encoding.
          const isChunked = message.httpVersionMajor > 1 || message.httpVersionMinor > 0
          const slot = now % steps
          const stream = new ResponseStream(
            response,
            writer,
            session,
            from,
            ping,
            slot,
            isChunked,
            isCompressed,
            ledger
          )
          const coding = [...(isChunked ? chunked : []), ...(isCompressed ? compressed : [])]
          stream.begin([...headerList(streamHeaders, response.req), ...coding, ...headers], opening(position))
          count(stream, 1)
          streams.set(response, stream)
          wheel[slot]?.add(stream)
          response.on("drain", drained)
          response.on("close", closed)
          if (isClosing || message.method === "HEAD") stream.end()
          return Effect.succeed(stream)
        })
      const join = (
        path: string,
        stream: SharedStream,
        options: OpenOptions
      ): Effect.Effect<SseConnection, TooManyStreams> =>
        Effect.suspend(() => {
          const limit = streamLimitPerAddress * feedsPerStream
          if (isOver(feedsOf.of(stream.network), limit)) {
            refused.address++
            return new TooManyStreams({ of: "address" })
          }
          return Effect.succeed(stream.join(path, options.writer, opening(options.position)))
        })

      return {
        open: (incoming, options) => {
          const share = shares.get(incoming.message)
          return share === undefined ? begin(incoming, options) : join(share.path, share.stream, options)
        },
        openShared: (incoming, session) => {
          const shared = new SharedStream((from, by) => {
            sharedFeeds += by
            feedsOf.add(from, by)
          })
          return Effect.map(begin(incoming, { writer: shared.writer, session, ping: true }), (stream) => {
            shared.begin(stream)
            return shared
          })
        },
        isShared: (message) => shares.has(message),
        share: (message, path, stream) => shares.set(message, { path, stream }),
        count: Effect.sync(() => ({ open, limits, refused: { ...refused } })),
        sharedFeeds: Effect.sync(() => sharedFeeds),
        endSession: (session) => {
          // Sessions end rarely: a scan costs less than maintaining an index.
          if (ofSession.of(session) === 0) return
          for (const stream of streams.values()) if (stream.session === session) stream.end()
        },
        close: Effect.sync(() => {
          isClosing = true
          for (const stream of streams.values()) stream.end()
        })
      }
    })
  ).pipe(Layer.provide(UnsentBytes.layer))
}
