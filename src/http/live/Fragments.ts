// Caches the HTML of live pages: rendered once a version for all clients of the same view, pages
// and feeds alike, and shared by reference. A change renders only the parts that changed.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { Sequence, Version } from "../../domain/StoredEvent.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"

export class Fragment {
  /** The fragment as an SSE frame. */
  readonly frame: Frame
  constructor(
    readonly version: Version,
    sequence: Sequence,
    html: string
  ) {
    this.frame = new Frame(encodeFrame({ id: sequence, data: html }))
  }
  /** The fragment inside a page; shares the frame's memory. */
  get html(): Buffer {
    const plain = this.frame.plain.content
    return plain.subarray(plain.indexOf("<"), plain.lastIndexOf(">") + 1)
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
      render: (keep: RenderPart) => string
    ) => Fragment
  }
>() {
  static readonly layer = Layer.sync(Fragments, () => {
    const fragments = new LRUCache<string, Fragment>({
      maxSize: capacity,
      sizeCalculation: ({ frame }) => 2 * frame.plain.size
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
        const fragment = new Fragment(version, sequence, render(keep))
        fragments.set(key, fragment)
        return fragment
      }
    }
  })
}
