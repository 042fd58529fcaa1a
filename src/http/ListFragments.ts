// The HTML of lists, rendered once a version: for the pages, for all feeds, and for the many who open a list at once when a
// server is back. A list of a thousand long todos takes a quarter of a second, which nobody may ask for again and again.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { Sequence, Version } from "../domain/StoredEvent.ts"
import type { ListState } from "../layers/TodoLists.ts"
import { encodeFrame } from "./SseFrame.ts"
import { Frame } from "./StreamFrame.ts"
import { listFragment } from "./views/list.tsx"

class Fragment {
  private encoded: Frame | undefined
  constructor(
    readonly version: Version,
    readonly sequence: Sequence,
    readonly html: string
  ) {}
  /** The same as a feed's event. */
  get frame(): Frame {
    this.encoded ??= new Frame(encodeFrame({ id: this.sequence, data: this.html }))
    return this.encoded
  }
}

/** Characters that are kept, of all fragments together. */
const capacity = 32 * 1024 * 1024

export class ListFragments extends Context.Tag("evenstar/ListFragments")<
  ListFragments,
  { readonly of: (state: ListState) => Fragment }
>() {
  static readonly layer = Layer.sync(ListFragments, () => {
    const rendered = new LRUCache<string, Fragment>({
      maxSize: capacity,
      sizeCalculation: ({ html }) => html.length
    })
    return {
      of: (state) => {
        const known = rendered.get(state.listId)
        if (known?.version === state.version) return known
        const fragment = new Fragment(state.version, state.sequence, listFragment(state))
        rendered.set(state.listId, fragment)
        return fragment
      }
    }
  })
}
