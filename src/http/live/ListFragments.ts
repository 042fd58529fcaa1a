// The HTML of lists, rendered once a version for all who look at the same todos, pages and feeds alike: its bytes exist once,
// and a response holds them by reference. A change renders the rows that it changed; all others are kept.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { Sequence, Version } from "../../domain/StoredEvent.ts"
import type { Todo } from "../../domain/TodoList.ts"
import type { ListState } from "../../layers/aggregates/TodoLists.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"
import { listFragment, listRow } from "../views/list.tsx"
import { type ListView, windowOf } from "../views/listWindow.ts"

export class Fragment {
  /** As a feed's event. */
  readonly frame: Frame
  constructor(
    readonly version: Version,
    readonly sequence: Sequence,
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
/** Characters of rows that are kept. */
const rowCapacity = 16 * 1024 * 1024

export class ListFragments extends Context.Tag("evenstar/ListFragments")<
  ListFragments,
  {
    /** What a view shows of a list. */
    readonly of: (state: ListState, view: ListView) => Fragment
  }
>() {
  static readonly layer = Layer.sync(ListFragments, () => {
    const fragments = new LRUCache<string, Fragment>({
      maxSize: capacity,
      sizeCalculation: ({ frame }) => 2 * frame.plain.size
    })
    // A todo is one list's, and another object once it has changed.
    const rows = new LRUCache<Todo, string>({ maxSize: rowCapacity, sizeCalculation: (row) => row.length })
    return {
      of: (state, view) => {
        const { list, listId, sequence, version } = state
        const window = windowOf(list, view)
        const key = `${listId} ${window.filter} ${window.page}`
        const known = fragments.get(key)
        if (known?.version === version) return known
        const rowOf = (todo: Todo) => {
          const kept = rows.get(todo)
          if (kept !== undefined) return kept
          const row = listRow(listId, todo)
          rows.set(todo, row)
          return row
        }
        const fragment = new Fragment(version, sequence, listFragment(state, window, rowOf))
        fragments.set(key, fragment)
        return fragment
      }
    }
  })
}
