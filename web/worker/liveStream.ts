// One GET /live request.
import { type Block, blocksOf } from "./blocks.ts"

/** Milliseconds to wait for the response headers. */
const headersTimeout = 10_000

export interface Listener {
  /** The server has accepted the request. */
  readonly began: () => void
  /** A feed's block; undefined: the feed is open. */
  readonly block: (path: string, block: Block | undefined) => void
  readonly ping: (block: Block) => void
  /** A feed has ended; `status` if its route refused it. */
  readonly closed: (path: string, status: number | undefined) => void
  /** The stream has ended or failed; `status` if the server refused it. */
  readonly over: (status: number | undefined) => void
}

export class LiveStream {
  heardAt = performance.now()
  private readonly controller = new AbortController()
  private isOver = false

  constructor(
    /** The feeds, with the id at which each resumes. */
    readonly feeds: ReadonlyMap<string, string | undefined>,
    private readonly listener: Listener
  ) {
    void this.run().then(
      (status) => this.finish(status),
      () => this.finish(undefined)
    )
  }

  /** Closes without notifying the listener. */
  abort() {
    this.isOver = true
    this.controller.abort()
  }
  /** Closes as lost: notifies the listener. */

  lose() {
    this.controller.abort()
  }
  private finish(status: number | undefined) {
    if (this.isOver) return
    this.isOver = true
    this.listener.over(status)
  }

  private async run(): Promise<number | undefined> {
    const query = new URLSearchParams()
    for (const [path, at] of this.feeds) {
      query.append("feed", path)
      if (at !== undefined) query.append("at", at)
    }
    const timer = setTimeout(() => this.controller.abort(), headersTimeout)
    const response = await fetch(`/live?${query}`, { signal: this.controller.signal, cache: "no-store" })
    clearTimeout(timer)
    if (this.isOver) return undefined
    if (!response.ok || response.body === null) return response.status
    this.listener.began()
    let path: string | undefined
    for await (const block of blocksOf(response.body, () => this.hear())) {
      if (this.isOver) return undefined
      if (block.event === "feed") path = block.data
      if (block.event === "ping") this.listener.ping(block)
      else if (block.event === "closed") {
        const { feed, status } = JSON.parse(block.data)
        this.listener.closed(feed, status)
      } else if (path !== undefined) this.listener.block(path, block.event === "feed" ? undefined : block)
    }
    return undefined
  }
  private hear() {
    this.heardAt = performance.now()
  }
}
