// One open SSE connection: sending frames, heartbeat, end. It consists of the response and a small
// record, without a fiber, timer or encoder of its own.
import type { ServerResponse } from "node:http"
import type { SessionHandle } from "../../domain/Session.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import { bytesGone } from "../server/progress.ts"
import type { Ledger } from "../server/UnsentBytes.ts"
import { type Chunk, lastChunk } from "./Chunk.ts"
import { comment, encodeFrame } from "./SseFrame.ts"
import { Frame, GzipStream } from "./StreamFrame.ts"

/** Steps of 250 ms without progress after which a client is disconnected: 45 s. */
const maxStalledTurns = 180

const heartbeat = new Frame(comment)
/** A heartbeat with an event, for scripts: they see neither comments nor events without data. */
const ping = new Frame(comment + encodeFrame({ event: "ping", data: "{}" }))
/** SSE `retry` in milliseconds, sent with the first event; short, to reconnect after a restart. */
const retryHint = new Frame("retry: 1000\n")

/** The connection of a feed: its own response, or a part of a shared one (SharedStream.ts). */
export interface SseConnection {
  /** False while bytes wait to be drained; send only when true. */
  readonly isReady: boolean
  readonly network: string
  /** Sends a frame in one write. Call when ready. */
  readonly send: (frame: Frame) => void
  /** Ends the stream cleanly. */
  readonly end: () => void
  /** Closes the connection and drops unsent bytes. */
  readonly destroy: () => void
}

/** The producer of a stream's frames; callbacks of the connection. */
export interface Writer {
  /** The client has drained: more may be sent. */
  readonly ready: (stream: SseConnection) => void
  /** The client disconnected, was disconnected, or the server shuts down. */
  readonly closed: (stream: SseConnection) => void
}

export interface OpenOptions {
  readonly writer: Writer
  /** The stream's session: counts against its limit, and the stream ends with it. */
  readonly session: SessionHandle | null
  /** The stream's position before its first event: the client's initial cursor. */
  readonly position?: Sequence
  /** Adds a `ping` event to each heartbeat. */
  readonly ping?: boolean
  /** Additional headers, names and values alternating. */
  readonly headers?: ReadonlyArray<string>
}

export class ResponseStream implements SseConnection {
  /** False while bytes wait to be drained; send only when true. */
  isReady = true
  private isEnded = false
  private isFirst = true
  /** Bytes taken by the kernel as of the last turn, while waiting for the drain. */
  private gone = 0
  private stuckSince = 0
  /** Unsent bytes that are counted in the ledger. */
  private held = 0
  private readonly gzip: GzipStream | undefined

  constructor(
    private readonly response: ServerResponse,
    readonly writer: Writer,
    readonly session: SessionHandle | null,
    readonly network: string,
    private readonly withPing: boolean,
    readonly slot: number,
    private readonly isChunked: boolean,
    isCompressed: boolean,
    private readonly ledger: Ledger
  ) {
    this.gzip = isCompressed ? new GzipStream() : undefined
  }

  /** Sends the headers and the first bytes. */
  begin(headers: Array<string>, opening: Frame) {
    const { gzip, response } = this
    // Nothing follows a stream on its connection.
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, headers)
    // The headers announce chunked framing, which the frames already contain.
    response.chunkedEncoding = false
    if (gzip !== undefined) this.put(GzipStream.header)
    this.write(opening)
  }

  /** Sends a frame, preceded by `before`, in one write. Call when ready. */
  send(frame: Frame, before?: Frame) {
    if (this.isFirst || before !== undefined) {
      this.response.cork()
      if (this.isFirst) this.write(retryHint)
      if (before !== undefined) this.write(before)
      this.write(frame)
      this.response.uncork()
      this.isFirst = false
    } else this.write(frame)
    this.hold()
  }

  /** Counts unsent bytes; disconnects a client whose network, or all networks, hold too many. */
  private hold() {
    if (this.isReady || this.held > 0) return
    const { writableLength } = this.response
    // Usually the kernel has taken everything at once.
    if (writableLength === 0) return
    const isTooMuch = !this.ledger.admits(this.network, writableLength)
    this.held = writableLength
    this.ledger.add(this.network, writableLength)
    if (isTooMuch) this.destroy()
  }

  /** Releases the counted bytes: they were taken or dropped. */
  release() {
    if (this.held === 0) return
    this.ledger.add(this.network, -this.held)
    this.held = 0
  }

  private write(frame: Frame) {
    // A write after the end would emit an unhandled error.
    if (this.isEnded) return
    this.put(this.gzip === undefined ? frame.plain : this.gzip.take(frame))
  }

  private put(chunk: Chunk) {
    if (!this.response.write(this.isChunked ? chunk.framed : chunk.content)) this.isReady = false
  }

  /** One turn of the timer wheel: heartbeat or progress check. False to give the client up. */
  turn(now: number): boolean {
    const { destroyed, req, writableLength } = this.response
    if (destroyed) return false
    if (writableLength === 0 && !this.isEnded) {
      this.gone = 0
      if (this.withPing) this.send(ping)
      else this.write(heartbeat)
      return true
    }
    const gone = bytesGone(req.socket)
    if (gone > this.gone) {
      this.gone = gone
      this.stuckSince = now
    }
    return now - this.stuckSince < maxStalledTurns
  }

  /** Ends the stream; destroys it if bytes are unsent, which would keep it open indefinitely. */
  end() {
    if (this.isEnded) return
    const isDrained = this.isReady
    this.isEnded = true
    this.isReady = false
    if (!isDrained) return this.response.destroy()
    if (this.gzip !== undefined) this.put(this.gzip.end())
    this.response.end(this.isChunked ? lastChunk : undefined)
  }

  /** Closes the connection and drops unsent bytes. */
  destroy() {
    this.response.destroy()
  }

  /** Call when the client has drained. */
  drained() {
    this.release()
    if (this.isEnded) return
    this.isReady = true
    this.writer.ready(this)
  }
}
