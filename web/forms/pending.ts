// Rows for texts that are being added, shown at once at the end of their list. The feed replaces
// each by the row of the server; a refused one goes.

interface Entry {
  readonly form: HTMLFormElement
  readonly text: string
}
interface Pending {
  readonly list: string
  readonly text: string
  readonly row: HTMLLIElement
  /** The feed has brought a row with this text, before or after the response. */
  isHere: boolean
}

/** In the order of their rows. */
const pending = new Map<Entry, Pending>()

const rowOf = (text: string) => {
  const row = document.createElement("li")
  row.className = "pending"
  const shown = document.createElement("span")
  shown.className = "text"
  shown.dir = "auto"
  shown.textContent = text
  row.append(shown)
  return row
}

const place = () => {
  for (const { isHere, list, row } of pending.values()) {
    if (!isHere) document.getElementById(list)?.append(row)
  }
}

/** False if the form doesn't name a list (`data-adds-to`). */
export const show = (entry: Entry): boolean => {
  const list = entry.form.dataset["addsTo"]
  if (list === undefined || document.getElementById(list) === null) return false
  pending.set(entry, { list, text: entry.text, row: rowOf(entry.text), isHere: false })
  place()
  return true
}
export const isShown = (entry: Entry) => pending.has(entry)

export const remove = (entry: Entry) => {
  pending.get(entry)?.row.remove()
  pending.delete(entry)
}

const rowsOf = (list: string) => [...(document.getElementById(list)?.children ?? [])]
const listsInUse = () => new Set(Array.from(pending.values(), ({ list }) => list))

let before = new Set<string>()
document.addEventListener("htmx:before:swap", () => {
  if (pending.size === 0) return
  // A row without an id could be taken for another one.
  for (const { row } of pending.values()) row.remove()
  before = new Set([...listsInUse()].flatMap(rowsOf).map(({ id }) => id))
})
// Also after a swap that has failed or was prevented.
document.addEventListener("htmx:finally:swap", () => {
  if (pending.size === 0) return
  for (const list of listsInUse()) {
    for (const row of rowsOf(list)) {
      if (before.has(row.id)) continue
      const text = row.querySelector(".text")?.textContent
      const one = [...pending.values()].find((it) => !it.isHere && it.list === list && it.text === text)
      if (one !== undefined) one.isHere = true
    }
  }
  place()
})
