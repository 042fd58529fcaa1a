// One open stream of server-sent events: how frames go out, its heartbeat, and how it ends.
// It is its response and a small record; no fiber, no timer and no encoder of its own.
import type { ServerResponse } from "node:http"
import type { SessionHandle } from "../../domain/Session.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import { bytesGone } from "../server/progress.ts"
import type { Ledger } from "../server/UnsentBytes.ts"
import { type Chunk, lastChunk } from "./Chunk.ts"
import { comment, encodeFrame } from "./SseFrame.ts"
import { Frame, GzipStream } from "./StreamFrame.ts"

/** Steps without any progress after which a client is given up: 45 s. */
const patience = 180

const beat = new Frame(comment)
/** The beat with an event, for scripts: they can't see comments, nor an event without data. */
const ping = new Frame(comment + encodeFrame({ event: "ping", data: "{}" }))
/** Rides with the first event. Milliseconds; short: after a restart the browser is back before anybody asks why. */
const hello = new Frame("retry: 1000\n")

/** What a feed writes to: a response of its own, or its part of one that several share (SharedStream.ts). */
export interface SseConnection {
  /** Nothing waits to be drained: only then may a frame be sent. */
  readonly isReady: boolean
  readonly network: string
  /** An event's frame; one write. To be called when ready. */
  readonly send: (frame: Frame) => void
  /** Ends it cleanly. */
  readonly end: () => void
  /** Gives the client up, whatever is unsent. */
  readonly destroy: () => void
}

/** Who writes to a stream, told what becomes of it. */
export interface Writer {
  /** The client has drained what it was sent: it may be sent more. */
  readonly ready: (stream: SseConnection) => void
  /** The client has left, was given up, or the server ends: the stream is no more. */
  readonly closed: (stream: SseConnection) => void
}

export interface OpenOptions {
  readonly writer: Writer
  /** Whose stream it is: for the limit of a session, whose end is the stream's too. */
  readonly session: SessionHandle | null
  /** The position in the log that the stream stands for before its first event: a client's first cursor. */
  readonly position?: Sequence
  /** An event with each heartbeat. */
  readonly ping?: boolean
  /** Headers of its own, names and values in turn. */
  readonly headers?: ReadonlyArray<string>
}

export class ResponseStream implements SseConnection {
  /** Nothing waits to be drained: only then may a frame be sent. */
  isReady = true
  private isEnded = false
  private isFirst = true
  /** Bytes that had left at its last turn, while something waited to be drained. */
  private gone = 0
  private stuckSince = 0
  /** Bytes that it holds because its client has not taken them. */
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

  /** The head, and the first bytes: they are out when this returns. */
  begin(headers: Array<string>, opening: Frame) {
    const { gzip, response } = this
    // Nothing follows a stream on its connection.
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, headers)
    // The head says that there are chunks. They come as such: Node makes none of its own.
    response.chunkedEncoding = false
    if (gzip !== undefined) this.put(GzipStream.header)
    this.write(opening)
  }

  /** An event's frame, with the one that belongs before it; one write. To be called when ready. */
  send(frame: Frame, before?: Frame) {
    if (this.isFirst || before !== undefined) {
      this.response.cork()
      if (this.isFirst) this.write(hello)
      if (before !== undefined) this.write(before)
      this.write(frame)
      this.response.uncork()
      this.isFirst = false
    } else this.write(frame)
    this.hold()
  }

  /** A client that takes nothing more is cut off where its network, or all of them, hold too much: it comes back. */
  private hold() {
    if (this.isReady || this.held > 0) return
    const { writableLength } = this.response
    // As a rule the kernel has taken it all at once.
    if (writableLength === 0) return
    const isTooMuch = !this.ledger.admits(this.network, writableLength)
    this.held = writableLength
    this.ledger.add(this.network, writableLength)
    if (isTooMuch) this.destroy()
  }

  /** Its bytes have been taken, or are no longer wanted. */
  release() {
    if (this.held === 0) return
    this.ledger.add(this.network, -this.held)
    this.held = 0
  }

  private write(frame: Frame) {
    // A write after the end would be an error that nobody handles.
    if (this.isEnded) return
    this.put(this.gzip === undefined ? frame.plain : this.gzip.take(frame))
  }

  private put(chunk: Chunk) {
    if (!this.response.write(this.isChunked ? chunk.framed : chunk.content)) this.isReady = false
  }

  /** Its turn on the wheel: a heartbeat, or a look at whether it still drains. False when it must be given up. */
  turn(now: number): boolean {
    const { destroyed, req, writableLength } = this.response
    if (destroyed) return false
    if (writableLength === 0 && !this.isEnded) {
      this.gone = 0
      if (this.withPing) this.send(ping)
      else this.write(beat)
      return true
    }
    const gone = bytesGone(req.socket)
    if (gone > this.gone) {
      this.gone = gone
      this.stuckSince = now
    }
    return now - this.stuckSince < patience
  }

  /** Ends the stream cleanly; unsent bytes of a client that stopped reading would keep it open for ever. */
  end() {
    if (this.isEnded) return
    const isDrained = this.isReady
    this.isEnded = true
    this.isReady = false
    if (!isDrained) return this.response.destroy()
    if (this.gzip !== undefined) this.put(this.gzip.end())
    this.response.end(this.isChunked ? lastChunk : undefined)
  }

  /** Gives the client up, whatever is unsent. */
  destroy() {
    this.response.destroy()
  }

  /** Its client has drained what it was sent. */
  drained() {
    this.release()
    if (this.isEnded) return
    this.isReady = true
    this.writer.ready(this)
  }
}
