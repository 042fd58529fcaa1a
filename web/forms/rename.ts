// Fills the rename field of a todo's row with the row's text when it is opened.

/** The value given to each field; while unchanged, the field follows the row's text. */
const given = new WeakMap<HTMLInputElement, string>()

const textOf = (details: HTMLDetailsElement) => details.parentElement?.querySelector(".text")?.textContent ?? ""

/** Fills a field that the user has not edited. */
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
  // `toggle` doesn't bubble.
  { capture: true }
)
/** Resets and closes the field. */
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

// Closes after saving, unless the text has been edited again.
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
