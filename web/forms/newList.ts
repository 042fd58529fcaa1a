// Creating a list from the start page: carries texts typed meanwhile over to the new page.
import { keyField } from "./key.ts"
import { leave, submitText, textField } from "./outbox.ts"

const storageKey = "evenstar.carried"

/** Stored in sessionStorage; src/http/server/recovery.ts writes the same format. */
interface Carried {
  readonly path: string
  /** Texts submitted while the list was being created; they become its todos. */
  readonly texts: ReadonlyArray<string>
  readonly typed: string
  readonly isFocused: boolean
}

// The form's response redirects to the new list.
document.addEventListener("htmx:before:response", (event) => {
  const { response, sourceElement: form } = event.detail.ctx
  if (!(form instanceof HTMLFormElement && response?.raw.redirected)) return
  event.preventDefault()
  const field = textField(form)
  const { pathname: path } = new URL(response.raw.url)
  const [, ...texts] = leave(form)
  const carried: Carried = { path, texts, typed: "", isFocused: field === document.activeElement }
  const keep = () => sessionStorage.setItem(storageKey, JSON.stringify({ ...carried, typed: field?.value ?? "" }))
  keep()
  // Includes what is typed until the next page loads.
  window.addEventListener("pagehide", keep, { once: true })
  location.assign(path)
})

const takeAlong = () => {
  const kept = sessionStorage.getItem(storageKey)
  const form = [...document.forms].find(keyField)
  if (kept === null || form === undefined) return
  const { isFocused, path, texts, typed }: Carried = JSON.parse(kept)
  const field = textField(form)
  if (path !== location.pathname || field === undefined) return
  sessionStorage.removeItem(storageKey)
  field.value = typed + field.value
  if (isFocused) field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
  // htmx initializes the form in its own task first.
  setTimeout(() => {
    for (const text of texts) submitText(form, text)
  })
}
takeAlong()
