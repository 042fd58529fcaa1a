// Caches the HTML of live pages: rendered once a version for all clients of the same view, pages
// and feeds alike, and shared by reference. A change renders only the parts that changed.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { Sequence, Version } from "../../domain/StoredEvent.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"
import { type Blocks, changesBetween, htmlOf, lengthOf } from "./changes.ts"

/** Versions of a fragment from which its changes can be told. */
const remembered = 8

/** Characters of a fragment that is short enough to be sent whole, whatever has changed. */
const short = 4096
/** Of a longer one the changes are sent if they are below this share of the whole. */
const worthwhile = 0.5

interface Earlier {
  readonly version: Version
  readonly blocks: Blocks
}

export class Fragment {
  private readonly frames = new Map<Version, Frame>()
  private whole: Frame | undefined
  /** Newest first. */
  private readonly earlier: ReadonlyArray<Earlier>

  constructor(
    readonly version: Version,
    private readonly sequence: Sequence,
    private readonly blocks: Blocks,
    before: Fragment | undefined
  ) {
    this.earlier =
      before === undefined
        ? []
        : [{ version: before.version, blocks: before.blocks }, ...before.earlier].slice(0, remembered)
  }
  /** Characters of the whole. */
  get length(): number {
    return lengthOf(this.blocks)
  }
  /** The fragment as an SSE frame. */
  get frame(): Frame {
    this.whole ??= this.encode(htmlOf(this.blocks))
    return this.whole
  }
  /** The fragment inside a page; shares the frame's memory. */
  get html(): Buffer {
    const plain = this.frame.plain.content
    return plain.subarray(plain.indexOf("<"), plain.lastIndexOf(">") + 1)
  }
  /**
   * The frame for a client that has `version`: what has changed since, encoded once for all of
   * them, or else the whole.
   */
  frameSince(version: Version): Frame {
    const known = this.frames.get(version)
    if (known !== undefined) return known
    const before = this.earlier.find((it) => it.version === version)
    const changes = before && changesBetween(before.blocks, this.blocks)
    const isShort = changes !== undefined && this.length > short && changes.length < worthwhile * this.length
    const frame = isShort ? this.encode(changes) : this.frame
    this.frames.set(version, frame)
    return frame
  }
  private encode(html: string) {
    return new Frame(encodeFrame({ id: this.sequence, data: html }))
  }
}

/** Bytes of cached fragments; each counts twice for its compressed copy. */
const capacity = 32 * 1024 * 1024
/** Characters of cached parts. */
const partCapacity = 16 * 1024 * 1024

/** Escapes line breaks and NUL, at which an SSE frame would be split. */
const inOneLine = (text: string) =>
  text.replaceAll(/[\r\n\0]/g, (character) => (character === "\0" ? "\uFFFD" : `&#${character.charCodeAt(0)};`))

/** Renders a part or returns it from the cache; keyed by object identity, so state is immutable. */
export type RenderPart = <Part extends object>(part: Part, render: (part: Part) => string) => string

export class Fragments extends Context.Tag("evenstar/Fragments")<
  Fragments,
  {
    /** `key` identifies the view: aggregate and part of it. */
    readonly of: (
      key: string,
      state: { readonly version: Version; readonly sequence: Sequence },
      render: (keep: RenderPart) => Blocks
    ) => Fragment
  }
>() {
  static readonly layer = Layer.sync(Fragments, () => {
    const fragments = new LRUCache<string, Fragment>({
      maxSize: capacity,
      sizeCalculation: ({ length }) => 2 * length
    })
    const parts = new LRUCache<object, string>({ maxSize: partCapacity, sizeCalculation: (part) => part.length })
    const keep: RenderPart = (part, render) => {
      const kept = parts.get(part)
      if (kept !== undefined) return kept
      const made = inOneLine(render(part))
      parts.set(part, made)
      return made
    }
    return {
      of: (key, { sequence, version }, render) => {
        const known = fragments.get(key)
        if (known?.version === version) return known
        const fragment = new Fragment(version, sequence, render(keep), known)
        fragments.set(key, fragment)
        return fragment
      }
    }
  })
}
