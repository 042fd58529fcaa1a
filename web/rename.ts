// A todo's text stands once in its row: here it is copied into the field that renames it, when the field is opened.

/** What each field was given: as long as it still has that, nobody has written in it, and it follows the text. */
const given = new WeakMap<HTMLInputElement, string>()

const textOf = (details: HTMLDetailsElement) => details.parentElement?.querySelector(".text")?.textContent ?? ""

/** A field that was not yet written in gets the text of its row. */
const fill = (details: HTMLDetailsElement, isOpening: boolean) => {
  const field = details.querySelector("input")
  if (field === null || !(field.value === given.get(field) || (isOpening && field.value === ""))) return
  const text = textOf(details)
  given.set(field, text)
  field.value = text
}

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target instanceof HTMLDetailsElement && target.open && target.closest(".todos") !== null) fill(target, true)
  },
  // It doesn't bubble.
  { capture: true }
)
document.addEventListener("htmx:after:swap", () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>(".todos details[open]")) fill(details, false)
})
