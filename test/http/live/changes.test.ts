// Changes of a fragment, applied as htmx applies partials: all targets are looked up first.
import * as FastCheck from "fast-check"
import { describe, expect, it } from "vitest"
import { type Blocks, changesBetween, htmlOf, lengthOf } from "../../../src/http/live/changes.ts"

interface Row {
  readonly id: string
  html: string
}
const partials = /<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)<\/hx-partial>/g
const rowsIn = (html: string): Array<Row> =>
  Array.from(html.matchAll(/<li id="(\w+)">.*?<\/li>/g), ([row, id = ""]) => ({ id, html: row }))

/** A page with one list and a paragraph. */
class Page {
  private rows: Array<Row>
  private paragraph: string
  constructor(blocks: Blocks) {
    const html = htmlOf(blocks)
    this.rows = rowsIn(html)
    this.paragraph = /<p.*<\/p>/.exec(html)?.[0] ?? ""
  }
  /** Returns the number of partials. */
  apply(changes: string) {
    const tasks = Array.from(changes.matchAll(partials), ([, id = "", swap, html = ""]) => {
      const target = this.rows.find((row) => row.id === id)
      if (target === undefined && id !== "list" && id !== "p") throw new Error(`There is no ${id}`)
      return { html, id, swap, target }
    })
    for (const { html, id, swap, target } of tasks) {
      const at = target === undefined ? -1 : this.rows.indexOf(target)
      if (id === "p") this.paragraph = html
      else if (swap === "beforeend") this.rows.push(...rowsIn(html))
      else if (at === -1 || target === undefined) throw new Error(`${id} has been deleted`)
      else if (swap === "delete") this.rows.splice(at, 1)
      else if (swap === "beforebegin") this.rows.splice(at, 0, ...rowsIn(html))
      else target.html = html
    }
    return tasks.length
  }
  get html() {
    return `<ul id="list">${this.rows.map(({ html }) => html).join("")}</ul>${this.paragraph}`
  }
}

const fragment = (rows: ReadonlyArray<readonly [id: string, text: string]>, paragraph = ""): Blocks => [
  {
    id: "list",
    open: '<ul id="list">',
    rows: rows.map(([id, text]) => ({ id, html: `<li id="${id}">${text}</li>` })),
    close: "</ul>"
  },
  { id: "p", html: `<p id="p">${paragraph}</p>` }
]

const rows = FastCheck.uniqueArray(
  FastCheck.tuple(FastCheck.stringMatching(/^[a-m]$/), FastCheck.stringMatching(/^[xyz]$/)),
  {
    selector: ([id]) => id
  }
)

const changed = (before: Blocks, after: Blocks) => {
  const page = new Page(before)
  const changes = changesBetween(before, after)
  if (changes === undefined) throw new Error("The whole is needed")
  return { count: page.apply(changes), html: page.html }
}

describe("changes of a fragment", () => {
  it("lead from any version to any other", () => {
    FastCheck.assert(
      FastCheck.property(rows, rows, FastCheck.boolean(), (before, after, isCounted) => {
        const next = fragment(after, isCounted ? String(after.length) : "")
        expect(changed(fragment(before), next).html).toBe(htmlOf(next))
      }),
      { numRuns: 2000 }
    )
  })

  it("are one partial a changed row, and two for a row that moves", () => {
    const letters = "abcdefgh".split("")
    const before = letters.map((id): readonly [string, string] => [id, "x"])
    const moved = (from: number, to: number) => {
      const other = [...before]
      other.splice(to, 0, ...other.splice(from, 1))
      return other
    }
    const count = (after: typeof before) => changed(fragment(before), fragment(after)).count
    expect(count(before)).toBe(0)
    expect(count(before.map(([id, text]) => [id, id === "c" ? "y" : text]))).toBe(1)
    expect(count([...before, ["i", "x"], ["j", "x"]])).toBe(1)
    expect(count(before.slice(2))).toBe(2)
    for (const from of letters.keys()) {
      for (const to of letters.keys()) expect(count(moved(from, to))).toBe(from === to ? 0 : 2)
    }
  })

  it("are not told where elements come or go, or have no id", () => {
    const [list, paragraph] = fragment([["a", "x"]])
    if (list === undefined || paragraph === undefined) throw new Error("There are two blocks")
    expect(changesBetween([list, paragraph], [list])).toBeUndefined()
    expect(changesBetween([list, paragraph], [paragraph, list])).toBeUndefined()
    expect(changesBetween([{ id: "", html: "<p>1</p>" }], [{ id: "", html: "<p>2</p>" }])).toBeUndefined()
    expect(changesBetween([{ id: "", html: "<p>1</p>" }], [{ id: "", html: "<p>1</p>" }])).toBe("")
    expect(changesBetween([list], [{ ...list, open: '<ul id="list" class="new">' }])).toBeUndefined()
    expect(changesBetween([list], [{ id: "list", html: "<ul></ul>" }])).toBeUndefined()
    expect(changesBetween([{ id: "list", html: "<ul></ul>" }], [list])).toBeUndefined()
  })

  it("know their length", () => {
    FastCheck.assert(
      FastCheck.property(rows, (some) => {
        expect(lengthOf(fragment(some))).toBe(htmlOf(fragment(some)).length)
      })
    )
  })
})
