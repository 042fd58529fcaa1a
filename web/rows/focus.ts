// Keeps the keyboard focus when a swap removes its element: moves it to the same control of the
// next row, otherwise to the field for a new todo.

/** The focused element before a swap. */
interface Place {
  readonly element: Element
  /** Selector of the same control in another row. */
  readonly control: string | undefined
  /** Ids of the following rows, then of the preceding ones, nearest first. */
  readonly neighbours: ReadonlyArray<string>
}

const controls = [".check", "summary", ".plain"]

const placeOf = (element: Element | null): Place | undefined => {
  const feed = document.getElementById("feed")
  if (element === null || feed === null || !feed.contains(element)) return undefined
  const row = element.closest(".todos > li")
  if (row === null) return { element, control: undefined, neighbours: [] }
  const ids = [...(row.parentElement?.children ?? [])].map(({ id }) => id)
  const at = ids.indexOf(row.id)
  const neighbours = [...ids.slice(at), ...ids.slice(0, at).reverse()]
  const isRenaming = element.closest("details") !== null
  return { element, control: isRenaming ? "summary" : controls.find((it) => element.matches(it)), neighbours }
}

const canTakeFocus = (element: Element | null | undefined): element is HTMLElement =>
  element instanceof HTMLElement && element.checkVisibility()

const restore = ({ control, element, neighbours }: Place) => {
  if (document.activeElement !== document.body && document.activeElement !== null) return
  if (canTakeFocus(element)) return element.focus()
  const candidates =
    control === undefined ? [] : neighbours.map((id) => document.getElementById(id)?.querySelector(control))
  const next = [...candidates, document.querySelector("#bar button"), document.getElementById("text")]
  next.find(canTakeFocus)?.focus()
}

let before: Place | undefined
document.addEventListener("htmx:before:swap", () => {
  before = placeOf(document.activeElement)
})
document.addEventListener("htmx:after:swap", () => {
  if (before !== undefined) restore(before)
  before = undefined
})
