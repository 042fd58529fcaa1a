// The open server-sent event streams: who may open one, how frames go out, heartbeats, and how each ends.
// A stream is its response and a small record; no fiber, no timer and no encoder of its own.
import type { ServerResponse } from "node:http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { SessionHandle } from "../domain/Session.ts"
import { Settings } from "../layers/Settings.ts"
import { clientAddress, network } from "./address.ts"
import type { Incoming } from "./Door.ts"
import { TooManyStreams } from "./Errors.ts"
import { headerLists } from "./headers.ts"
import { comment, encodeFrame } from "./SseFrame.ts"
import { acceptsGzip, Frame, GzipStream } from "./StreamFrame.ts"

/** A beat for each stream every 60 steps of 250 ms, 15 s; spread, so that 10,000 of them never stop the loop. */
const step = "250 millis"
const steps = 60
/** Steps without any progress after which a client is given up: 45 s. */
const patience = 180

const beat = new Frame(comment)
/** The beat with an event, for scripts: they can't see comments. */
const ping = new Frame(comment + encodeFrame({ event: "ping" }))
/** Rides with the first event. Milliseconds; short: after a restart the browser is back before anybody asks why. */
const hello = new Frame("retry: 1000\n")

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
  vary: "accept-encoding"
}

/** Who writes to a stream, told what becomes of it. */
export interface Writer {
  /** The client has drained what it was sent: it may be sent more. */
  readonly ready: (stream: EventStream) => void
  /** The client has left, was given up, or the server ends: the stream is no more. */
  readonly closed: (stream: EventStream) => void
}

export interface OpenOptions {
  readonly writer: Writer
  /** Whose stream it is: for the limit of a session, whose end is the stream's too. */
  readonly session: SessionHandle | null
  /** An event with each heartbeat. */
  readonly ping?: boolean
}

export class EventStream {
  /** Nothing waits to be drained: only then may a frame be sent. */
  isReady = true
  private isEnded = false
  private isFirst = true
  private unsent = 0
  private stuckSince = 0
  private readonly gzip: GzipStream | undefined

  constructor(
    private readonly response: ServerResponse,
    readonly writer: Writer,
    readonly session: SessionHandle | null,
    readonly network: string,
    readonly beat: Frame,
    readonly slot: number,
    headers: Array<string>,
    compressed: boolean
  ) {
    this.gzip = compressed ? new GzipStream() : undefined
    // The body ends with the connection: chunks would triple the buffers of each write, and nothing follows a stream.
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, headers)
    if (compressed) response.write(GzipStream.header)
    this.write(beat)
  }

  /** An event's frame; one write. To be called when ready. */
  send(frame: Frame) {
    if (this.isFirst) {
      this.isFirst = false
      this.response.cork()
      this.write(hello)
      this.write(frame)
      this.response.uncork()
    } else this.write(frame)
  }

  private write(frame: Frame) {
    // A write after the end would be an error that nobody handles.
    if (this.isEnded) return
    if (!this.response.write(this.gzip === undefined ? frame.plain : this.gzip.take(frame))) this.isReady = false
  }

  /** Its turn on the wheel: a heartbeat, or a look at whether it still drains. False when it must be given up. */
  turn(now: number): boolean {
    const { destroyed, writableLength } = this.response
    if (destroyed) return false
    if (writableLength === 0 && !this.isEnded) {
      this.unsent = 0
      this.write(this.beat)
      return true
    }
    if (this.unsent === 0 || writableLength < this.unsent) this.stuckSince = now
    this.unsent = writableLength
    return now - this.stuckSince < patience
  }

  /** Ends the stream cleanly; unsent bytes of a client that stopped reading would keep it open for ever. */
  end() {
    if (this.isEnded) return
    const isDrained = this.isReady
    this.isEnded = true
    this.isReady = false
    if (!isDrained) this.response.destroy()
    else if (this.gzip === undefined) this.response.end()
    else this.response.end(this.gzip.end())
  }

  /** Gives the client up, whatever is unsent. */
  destroy() {
    this.response.destroy()
  }

  /** Its client has drained what it was sent. */
  drained() {
    if (this.isEnded) return
    this.isReady = true
    this.writer.ready(this)
  }
}

/** How many there are of each name; names without any are not kept. */
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

export class EventStreams extends Context.Tag("evenstar/EventStreams")<
  EventStreams,
  {
    /** Makes a request's response a stream: the first bytes are out when this returns. */
    readonly open: (incoming: Incoming, options: OpenOptions) => Effect.Effect<EventStream, TooManyStreams>
    /** Streams that are open, the limits, and what each has refused since the start. */
    readonly count: Effect.Effect<{ readonly open: number; readonly limits: Refusals; readonly refused: Refusals }>
    /** Ends the streams of a session that is over. */
    readonly endSession: (session: SessionHandle) => void
    /** Ends all streams; those that come later end at once. */
    readonly close: Effect.Effect<void>
  }
>() {
  static readonly layer = Layer.scoped(
    EventStreams,
    Effect.gen(function* () {
      const { streamLimit, streamLimitPerAddress, streamLimitPerSession, trustProxy } = yield* Settings
      const headerList = yield* headerLists
      const plainHeaders = headerList(streamHeaders)
      const gzipHeaders = headerList({ ...streamHeaders, "content-encoding": "gzip" })
      const wheel = Array.from({ length: steps }, () => new Set<EventStream>())
      const limits = { server: streamLimit, session: streamLimitPerSession, address: streamLimitPerAddress }
      const refused = { server: 0, session: 0, address: 0 }
      const ofSession = new Counts()
      const ofNetwork = new Counts()
      let isClosing = false
      let open = 0
      let now = 0

      const isOver = (count: number, limit: number) => limit > 0 && count >= limit
      const overLimit = (session: SessionHandle | null, from: string) => {
        if (isOver(open, streamLimit)) return "server"
        if (session !== null && isOver(ofSession.of(session), streamLimitPerSession)) return "session"
        return isOver(ofNetwork.of(from), streamLimitPerAddress) ? "address" : undefined
      }

      const count = (stream: EventStream, by: 1 | -1) => {
        open += by
        ofNetwork.add(stream.network, by)
        if (stream.session !== null) ofSession.add(stream.session, by)
      }

      /** Streams by their responses: shared listeners find theirs here, a listener's closure each would weigh more. */
      const streams = new Map<ServerResponse, EventStream>()
      function drained(this: ServerResponse) {
        streams.get(this)?.drained()
      }
      function closed(this: ServerResponse) {
        const stream = streams.get(this)
        if (stream === undefined) return
        streams.delete(this)
        wheel[stream.slot]?.delete(stream)
        count(stream, -1)
        stream.writer.closed(stream)
      }
      /** A request behind another one on its connection can't be answered before that ends; one whose client has left, never. */
      const isHopeless = ({ message, response }: Incoming) =>
        response.socket === null || response.destroyed || message.socket.destroyed

      yield* Effect.sync(() => {
        now++
        for (const stream of wheel[now % steps] ?? []) if (!stream.turn(now)) stream.destroy()
      }).pipe(Effect.repeat(Schedule.spaced(step)), Effect.forkScoped)

      return {
        open: (incoming, { ping: withPing = false, session, writer }) =>
          Effect.suspend(() => {
            const { message, response } = incoming
            const from = network(clientAddress(message, trustProxy))
            const of = isHopeless(incoming) ? "address" : overLimit(session, from)
            if (of !== undefined) {
              refused[of]++
              return new TooManyStreams({ of })
            }
            const compressed = acceptsGzip(message.headers["accept-encoding"])
            const headers = compressed ? gzipHeaders : plainHeaders
            const slot = now % steps
            const pulse = withPing ? ping : beat
            const stream = new EventStream(response, writer, session, from, pulse, slot, headers, compressed)
            count(stream, 1)
            streams.set(response, stream)
            wheel[slot]?.add(stream)
            response.on("drain", drained)
            response.on("close", closed)
            if (isClosing || message.method === "HEAD") stream.end()
            return Effect.succeed(stream)
          }),
        count: Effect.sync(() => ({ open, limits, refused: { ...refused } })),
        endSession: (session) => {
          // Sessions end seldom: looking through all streams then costs less than an index of them would always.
          if (ofSession.of(session) === 0) return
          for (const stream of streams.values()) if (stream.session === session) stream.end()
        },
        close: Effect.sync(() => {
          isClosing = true
          for (const stream of streams.values()) stream.end()
        })
      }
    })
  )
}
