// One feed of the worker's stream, and the tabs that look at it.
import type { Block } from "./blocks.ts"

/** What a tab hears of a feed: that it is open, a block of it, or that it is over. */
export type Message =
  | { readonly isOpen: true }
  | { readonly block: string }
  /** Without a status: it has ended or was lost, and may be asked for again. */
  | { readonly isOver: true; readonly status: number | undefined }
  /** There is no place for it on the one stream, or the server knows none: it can be had on one of its own. */
  | { readonly isUnshared: true }
export type Subscriber = (message: Message) => void

export class Feed {
  /** The id of the last block that the open tabs were shown. */
  private at: string | undefined
  private readonly open = new Set<Subscriber>()
  /** Those that wait for a stream: the number of the first one that will do, and the id that the tab was shown last. */
  private readonly waiting = new Map<Subscriber, { readonly first: number; readonly at: string | undefined }>()

  get isUnwanted() {
    return this.open.size + this.waiting.size === 0
  }

  /** The id from which the next stream goes on: where all its tabs are; undefined, for the whole, when they differ. */
  get from(): string | undefined {
    const ids = new Set(Array.from(this.waiting.values(), ({ at }) => at))
    if (this.open.size > 0) ids.add(this.at)
    const [only] = ids
    return ids.size === 1 ? only : undefined
  }

  /** Whether another stream is needed for it: not where the others are at the same block. */
  add(subscriber: Subscriber, at: string | undefined, next: number): boolean {
    if (this.open.size > 0 && at !== undefined && at === this.at) {
      this.open.add(subscriber)
      subscriber({ isOpen: true })
      return false
    }
    this.waiting.set(subscriber, { first: next, at })
    return true
  }
  delete(subscriber: Subscriber) {
    this.open.delete(subscriber)
    this.waiting.delete(subscriber)
  }

  /** Something has come: `asked` is the id from which that stream goes on. Without a block the feed is open. */
  take(block: Block | undefined, stream: number, asked: string | undefined) {
    for (const [subscriber, { first }] of this.waiting) {
      if (first > stream) continue
      if (this.open.size === 0) this.at = asked
      this.waiting.delete(subscriber)
      this.open.add(subscriber)
      subscriber({ isOpen: true })
    }
    if (block === undefined) return
    // The stream before has already shown what came after this.
    const isOld = asked !== undefined && Number(block.id) >= Number(asked) && Number(block.id) < Number(this.at)
    // A position alone is none that a tab has seen.
    if (isOld || (block.data === "" && block.event === "")) return
    if (block.id !== undefined) this.at = block.id
    this.tell(block)
  }
  tell({ text }: Block) {
    for (const subscriber of this.open) subscriber({ block: text })
  }

  /** Over for the tabs that have it from a stream, and for those that waited for that one. */
  close(message: Message, stream: number, isOpen = true) {
    const told = isOpen ? [...this.open] : []
    for (const [subscriber, { first }] of this.waiting) if (first <= stream) told.push(subscriber)
    for (const subscriber of told) {
      this.delete(subscriber)
      subscriber(message)
    }
  }
}
