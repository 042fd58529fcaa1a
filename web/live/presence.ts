// Who else has the page open, and which rows they are editing.

interface Edit {
  readonly row: string
  readonly name: string
}

/** A page that nobody else has open isn't told anything. */
const alone = { viewers: 1, editing: [] as Edit[] }
let present = alone

const plural = new Intl.PluralRules(document.documentElement.lang)
const words = {
  viewers: (count: number) =>
    plural.select(count) === "one" ? `${count} person has this page open` : `${count} people have this page open`,
  editing: (names: ReadonlyArray<string>) => `${names.join(", ")} …`,
  somebody: "Somebody"
}

/** The row that this page edits and the name that it has for the others. */
let own: Edit | undefined

/** The edits of others. */
const edits = () => {
  const mine = present.editing.findIndex(({ name, row }) => row === own?.row && name === own.name)
  return present.editing.filter((_, index) => index !== mine)
}

/** Attributes, which a swap may remove. */
const mark = () => {
  const names = new Map<string, Array<string>>()
  for (const { name, row } of edits()) names.set(row, [...(names.get(row) ?? []), name === "" ? words.somebody : name])
  for (const row of document.querySelectorAll<HTMLElement>("#feed [data-editing]")) {
    if (!names.has(row.id)) delete row.dataset["editing"]
  }
  for (const [id, said] of names) {
    const row = document.querySelector<HTMLElement>(`#feed [id="${CSS.escape(id)}"]`)
    if (row !== null) row.dataset["editing"] = words.editing(said)
  }
}

const show = () => {
  const element = document.getElementById("presence")
  const text = present.viewers > 1 ? words.viewers(present.viewers) : ""
  if (element !== null && element.textContent !== text) element.textContent = text
  mark()
}

document.addEventListener("presence", (event) => {
  if (!(event instanceof CustomEvent)) return
  present = JSON.parse(event.detail.data)
  show()
})
document.addEventListener("htmx:after:swap", mark)
// Without a connection nobody knows who is there; the next one tells.
for (const name of ["htmx:sse:close", "htmx:sse:error"]) {
  document.addEventListener(name, () => {
    present = alone
    show()
  })
}

/** Remembers what this page itself is editing, so that it isn't shown here. */
export const edit = (it: Edit | undefined) => {
  own = it
  mark()
}
