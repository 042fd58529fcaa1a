// Multiplexes feeds on one SSE connection: over HTTP/1.1 browsers allow six connections to a host,
// shared by all tabs. A `feed` frame names the feed of the following frames, which stay unchanged.
import { LRUCache } from "lru-cache"
import type { ResponseStream, SseConnection, Writer } from "./SseConnection.ts"
import { encodeFrame } from "./SseFrame.ts"
import { Frame } from "./StreamFrame.ts"

const labels = new LRUCache<string, Frame>({ max: 1000 })
/** The frame that names the feed of the following frames. */
const labelOf = (path: string): Frame => {
  const known = labels.get(path)
  if (known !== undefined) return known
  const frame = new Frame(encodeFrame({ event: "feed", data: path }))
  labels.set(path, frame)
  return frame
}

/** One feed of the connection. */
class Part implements SseConnection {
  isEnded = false
  constructor(
    readonly path: string,
    readonly writer: Writer,
    private readonly shared: SharedStream
  ) {}
  get isReady() {
    return !this.isEnded && this.shared.isReady
  }
  get network() {
    return this.shared.network
  }
  send(frame: Frame) {
    if (!this.isEnded) this.shared.send(this, frame)
  }
  end() {
    if (!this.isEnded) this.shared.leave(this)
  }
  destroy() {
    this.end()
  }
}

export class SharedStream {
  private stream: ResponseStream | undefined
  private readonly parts = new Set<Part>()
  private named: Part | undefined
  private isOver = false

  /** `onCount` is called for each feed that joins or leaves, with the client's network. */
  constructor(private readonly onCount: (network: string, by: 1 | -1) => void) {}

  /** The connection's writer: forwards drain and close to the feeds. */
  readonly writer: Writer = {
    ready: () => {
      for (const part of [...this.parts]) {
        // Moves to the end of the queue (round robin).
        if (!this.parts.delete(part)) continue
        this.parts.add(part)
        part.writer.ready(part)
        if (!this.isReady) return
      }
    },
    closed: () => {
      this.isOver = true
      for (const part of [...this.parts]) this.remove(part)
    }
  }

  begin(stream: ResponseStream) {
    this.stream = stream
  }
  get isReady() {
    return this.stream?.isReady === true
  }
  get network() {
    return this.stream?.network ?? ""
  }

  /** Adds a feed and names it at once, so that the client knows that it is open. */
  join(path: string, writer: Writer, opening: Frame): SseConnection {
    const part = new Part(path, writer, this)
    this.parts.add(part)
    this.onCount(this.network, 1)
    this.send(part, opening)
    if (this.isOver) this.remove(part)
    return part
  }

  send(part: Part, frame: Frame) {
    if (this.named === part) return this.stream?.send(frame)
    this.named = part
    this.stream?.send(frame, labelOf(part.path))
  }

  /** Sends that a feed has ended or was refused; `status` is that of its own route's response. */
  tell(path: string, status?: number) {
    this.stream?.send(new Frame(encodeFrame({ event: "closed", data: JSON.stringify({ feed: path, status }) })))
  }

  leave(part: Part) {
    this.tell(part.path)
    this.remove(part)
  }

  private remove(part: Part) {
    part.isEnded = true
    if (!this.parts.delete(part)) return
    this.onCount(this.network, -1)
    // Deferred as for a response: the opener must have received the connection first.
    setImmediate(() => part.writer.closed(part))
  }
}
