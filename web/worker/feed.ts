// One feed of the worker's stream and its subscribers in the tabs.
import type { Block } from "./blocks.ts"

/** A message to a tab: the feed is open, a block, or its end. */
export type Message =
  | { readonly isOpen: true }
  | { readonly block: string }
  /** Without a status: ended or lost, may be reopened. */
  | { readonly isOver: true; readonly status: number | undefined }
  /** The shared stream is full, or the server has none: open the feed on a stream of its own. */
  | { readonly isUnshared: true }
export type Subscriber = (message: Message) => void

export class Feed {
  /** The last event id sent to the open subscribers. */
  private at: string | undefined
  private readonly open = new Set<Subscriber>()
  /** The last `presence` event, for tabs that join: the server sends it only when it changes. */
  private presence: Block | undefined
  /**
   * Subscribers waiting for a stream: the lowest suitable stream number, and their last event id.
   */
  private readonly waiting = new Map<Subscriber, { readonly first: number; readonly at: string | undefined }>()

  get isUnwanted() {
    return this.open.size + this.waiting.size === 0
  }

  /** The id at which the next stream resumes, if all subscribers agree; otherwise undefined. */
  get from(): string | undefined {
    const ids = new Set(Array.from(this.waiting.values(), ({ at }) => at))
    if (this.open.size > 0) ids.add(this.at)
    const [only] = ids
    return ids.size === 1 ? only : undefined
  }

  /** Adds a subscriber; true if it needs a new stream. */
  add(subscriber: Subscriber, at: string | undefined, next: number): boolean {
    if (this.open.size > 0 && at !== undefined && at === this.at) {
      this.open.add(subscriber)
      subscriber({ isOpen: true })
      if (this.presence !== undefined) subscriber({ block: this.presence.text })
      return false
    }
    this.waiting.set(subscriber, { first: next, at })
    return true
  }
  delete(subscriber: Subscriber) {
    this.open.delete(subscriber)
    this.waiting.delete(subscriber)
  }

  /**
   * Handles a block (undefined: the feed is open); `asked` is the id at which the stream resumed.
   */
  take(block: Block | undefined, stream: number, asked: string | undefined) {
    for (const [subscriber, { first }] of this.waiting) {
      if (first > stream) continue
      if (this.open.size === 0) {
        this.at = asked
        this.presence = undefined
      }
      this.waiting.delete(subscriber)
      this.open.add(subscriber)
      subscriber({ isOpen: true })
    }
    if (block === undefined) return
    // The previous stream has already delivered later blocks.
    const isOld = asked !== undefined && Number(block.id) >= Number(asked) && Number(block.id) < Number(this.at)
    // An id-only block is not forwarded.
    if (isOld || (block.data === "" && block.event === "")) return
    if (block.id !== undefined) this.at = block.id
    if (block.event === "presence") this.presence = block
    this.tell(block)
  }
  tell({ text }: Block) {
    for (const subscriber of this.open) subscriber({ block: text })
  }

  /** Ends the feed for its open subscribers and for those that waited for this stream. */

  close(message: Message, stream: number, isOpen = true) {
    const told = isOpen ? [...this.open] : []
    for (const [subscriber, { first }] of this.waiting) if (first <= stream) told.push(subscriber)
    for (const subscriber of told) {
      this.delete(subscriber)
      subscriber(message)
    }
  }
}
