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
/** The field is as if it had never been opened. */
const shut = (details: HTMLDetailsElement, field: HTMLInputElement) => {
  if (details.contains(document.activeElement)) details.querySelector("summary")?.focus()
  field.value = ""
  details.open = false
}

const fieldIn = (form: unknown) => {
  const field = form instanceof HTMLFormElement ? form.elements.namedItem("text") : null
  const details = field instanceof HTMLInputElement ? field.closest("details") : null
  return field instanceof HTMLInputElement && details !== null ? { details, field } : undefined
}

// Saved; unless somebody has gone on writing meanwhile.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const { request, response, sourceElement } = ctx
  const renaming = fieldIn(sourceElement)
  if (renaming === undefined || response === undefined || response.status >= 300) return
  const sent = request.body instanceof URLSearchParams ? request.body.get("text") : null
  if (renaming.field.value === sent) shut(renaming.details, renaming.field)
})
document.addEventListener("keydown", ({ isComposing, key, target }) => {
  if (key !== "Escape" || isComposing || !(target instanceof Element)) return
  const renaming = fieldIn(target.closest("details form"))
  if (renaming !== undefined) shut(renaming.details, renaming.field)
})
document.addEventListener("htmx:after:swap", () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>(".todos details[open]")) fill(details, false)
})
