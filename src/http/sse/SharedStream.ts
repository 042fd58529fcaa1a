// Several feeds on one response: HTTP/1.1 gives a browser six connections a host, and all its tabs share one of them. Each block
// belongs to the feed that was named last, by a frame of its own: so the feeds' frames stay what they are, encoded once for all.
import { LRUCache } from "lru-cache"
import type { ResponseStream, SseConnection, Writer } from "./SseConnection.ts"
import { encodeFrame } from "./SseFrame.ts"
import { Frame } from "./StreamFrame.ts"

const labels = new LRUCache<string, Frame>({ max: 1000 })
/** Says that what follows is the feed's. */
const labelOf = (path: string): Frame => {
  const known = labels.get(path)
  if (known !== undefined) return known
  const frame = new Frame(encodeFrame({ event: "feed", data: path }))
  labels.set(path, frame)
  return frame
}

/** A feed's part of the stream. */
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

  /** `onCount` hears of each feed that comes and goes, by the network of the client. */
  constructor(private readonly onCount: (network: string, by: 1 | -1) => void) {}

  /** The writer of the response: what becomes of it becomes of all parts. */
  readonly writer: Writer = {
    ready: () => {
      for (const part of [...this.parts]) {
        // Next time it is another one's turn first.
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

  /** A feed's part begins with its name: then its client knows that it is open, whether there is anything to say or not. */
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

  /** Tells that a feed has ended, or that it can't be had: `status` is then what its own route would answer. */
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
    // As a response's end is told: after whoever opened it has what it was given.
    setImmediate(() => part.writer.closed(part))
  }
}
