// From the start page to a new list: what was typed meanwhile comes along.
import { keyField } from "./key.ts"
import { leave, submitText, textField } from "./outbox.ts"

const storageKey = "evenstar.carried"

/** Written by src/http/server/recovery.ts too. */
interface Carried {
  readonly path: string
  /** What was sent while the list was being made: todos of it. */
  readonly texts: ReadonlyArray<string>
  readonly typed: string
  readonly isFocused: boolean
}

// A form that makes a list is answered with the way to it.
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
  // What is typed until the next page is there.
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
  // htmx has the form from its own first turn on.
  setTimeout(() => {
    for (const text of texts) submitText(form, text)
  })
}
takeAlong()
