// The HTML of live pages, rendered once a version for all who look at the same part, pages and feeds alike: its bytes exist
// once, and a response holds them by reference. A change renders the parts that it changed; all others are kept.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { Sequence, Version } from "../../domain/StoredEvent.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"

export class Fragment {
  /** As a feed's event. */
  readonly frame: Frame
  constructor(
    readonly version: Version,
    sequence: Sequence,
    html: string
  ) {
    this.frame = new Frame(encodeFrame({ id: sequence, data: html }))
  }
  /** As a part of a page: the same memory. */
  get html(): Buffer {
    const plain = this.frame.plain.content
    return plain.subarray(plain.indexOf("<"), plain.lastIndexOf(">") + 1)
  }
}

/** Bytes that are kept, of all fragments together; each counts twice, since it is compressed as well. */
const capacity = 32 * 1024 * 1024
/** Characters of parts that are kept. */
const partCapacity = 16 * 1024 * 1024

/** HTML without the characters that a stream's event would have to be split at. */
const inOneLine = (text: string) =>
  text.replaceAll(/[\r\n\0]/g, (character) => (character === "\0" ? "\uFFFD" : `&#${character.charCodeAt(0)};`))

/** Renders a part of a fragment, or has it from before: a part of a state is another object once it has changed. */
export type Keep = <Part extends object>(part: Part, render: (part: Part) => string) => string

export class Fragments extends Context.Tag("evenstar/Fragments")<
  Fragments,
  {
    /** `key` names what is shown: the aggregate, and which part of it. */
    readonly of: (
      key: string,
      state: { readonly version: Version; readonly sequence: Sequence },
      render: (keep: Keep) => string
    ) => Fragment
  }
>() {
  static readonly layer = Layer.sync(Fragments, () => {
    const fragments = new LRUCache<string, Fragment>({
      maxSize: capacity,
      sizeCalculation: ({ frame }) => 2 * frame.plain.size
    })
    const parts = new LRUCache<object, string>({ maxSize: partCapacity, sizeCalculation: (part) => part.length })
    const keep: Keep = (part, render) => {
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
