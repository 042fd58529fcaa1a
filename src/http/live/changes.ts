// The difference of two versions of a fragment, as htmx partials: what a feed sends to a client
// with the earlier version. Rows come, go, move and change one by one.

/**
 * An element of a fragment. `html` is this element alone, with `id` as its id; without an id a
 * change sends the whole fragment.
 */
export interface Block {
  readonly id: string
  readonly html: string
}
/** An element whose children are blocks: a list and its rows. `open` and `close` are its tags. */
export interface Rows {
  readonly id: string
  readonly open: string
  readonly rows: ReadonlyArray<Block>
  readonly close: string
}
/** A fragment's elements in order, with distinct ids. */
export type Blocks = ReadonlyArray<Block | Rows>

const isRows = (part: Block | Rows | undefined): part is Rows => part !== undefined && "rows" in part

export const htmlOf = (blocks: Blocks): string => {
  let html = ""
  for (const part of blocks) {
    if (!isRows(part)) {
      html += part.html
      continue
    }
    html += part.open
    for (const row of part.rows) html += row.html
    html += part.close
  }
  return html
}

/** Characters of `htmlOf(blocks)`. */
export const lengthOf = (blocks: Blocks): number => {
  let length = 0
  for (const part of blocks) {
    length += isRows(part) ? part.open.length + part.close.length : part.html.length
    if (isRows(part)) for (const row of part.rows) length += row.html.length
  }
  return length
}

const partial = (id: string, swap: string, html: string) =>
  `<hx-partial hx-target="#${id}" hx-swap="${swap}">${html}</hx-partial>`

/** The members of a longest increasing subsequence: all other rows have to move. */
const longestIncreasing = (values: ReadonlyArray<number>): ReadonlySet<number> => {
  /** By length - 1: the position of the smallest value that ends a subsequence of this length. */
  const ends: Array<number> = []
  const previous = new Map<number, number | undefined>()
  const valueAt = (position: number | undefined) => values[position ?? -1] ?? -1
  for (const [position, value] of values.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (valueAt(ends[middle]) < value) low = middle + 1
      else high = middle
    }
    previous.set(position, ends[low - 1])
    ends[low] = position
  }
  const kept = new Set<number>()
  for (let at = ends.at(-1); at !== undefined; at = previous.get(at)) kept.add(valueAt(at))
  return kept
}

const isIncreasing = (values: ReadonlyArray<number>) =>
  values.every((value, index) => index === 0 || value > (values[index - 1] ?? value))

/**
 * htmx looks up all targets before the first swap: a deletion's is the old element of a row that
 * moves, and an insertion's is a row that stays.
 */
const changesOfRows = (before: Rows, after: Rows): string => {
  const earlier = new Map(before.rows.map((row, index) => [row.id, { html: row.html, index }]))
  const common = after.rows.flatMap(({ id }) => earlier.get(id)?.index ?? [])
  const staying = isIncreasing(common) ? new Set(common) : longestIncreasing(common)
  const stays = (id: string) => staying.has(earlier.get(id)?.index ?? -1)
  const later = new Set(after.rows.map(({ id }) => id))
  let html = ""
  for (const { id } of before.rows) if (!later.has(id) || !stays(id)) html += partial(id, "delete", "")
  let inserted = ""
  for (const row of after.rows) {
    if (!stays(row.id)) {
      inserted += row.html
      continue
    }
    if (inserted !== "") html += partial(row.id, "beforebegin", inserted)
    inserted = ""
    if (row.html !== earlier.get(row.id)?.html) html += partial(row.id, "outerMorph", row.html)
  }
  return inserted === "" ? html : html + partial(after.id, "beforeend", inserted)
}

/** Undefined if the elements differ in more than their content: the whole fragment is needed. */
export const changesBetween = (before: Blocks, after: Blocks): string | undefined => {
  if (before.length !== after.length) return undefined
  let html = ""
  for (const [index, next] of after.entries()) {
    const last = before[index]
    if (last?.id !== next.id) return undefined
    if (next.id === "") {
      if (isRows(next) || isRows(last) || last.html !== next.html) return undefined
      continue
    }
    if (isRows(next)) {
      if (!isRows(last) || last.open !== next.open) return undefined
      html += changesOfRows(last, next)
    } else {
      if (isRows(last)) return undefined
      if (last.html !== next.html) html += partial(next.id, "outerMorph", next.html)
    }
  }
  return html
}
