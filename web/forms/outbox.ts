// Forms with an Idempotency-Key create something with each submission. The field is cleared at
// once; submitted texts queue here in order until answered. Refused texts return to the field or a
// list.
import { whenShown } from "../live/confirmed.ts"
import { announce } from "./announce.ts"
import { deliver } from "./deliver.ts"
import { keyField, renewKey } from "./key.ts"
import * as pending from "./pending.ts"
import { Unsent } from "./unsent.ts"

interface Entry {
  readonly form: HTMLFormElement
  readonly text: string
  readonly key: string
  /** Sends again when the page is unloaded, with `keepalive`. */
  readonly flush: () => void
}

/** By htmx's request context. */
const entries = new Map<object, Entry>()
/** Texts put back into a field, with their key: resubmitting the same text repeats the request. */
const returned = new WeakMap<HTMLFormElement, Pick<Entry, "text" | "key">>()
const leaving = new WeakSet<Element>()
let isWaiting = false

export const textField = (form: HTMLFormElement): HTMLInputElement | undefined => {
  const text = form.elements.namedItem("text")
  return text instanceof HTMLInputElement ? text : undefined
}

/** Submits a text through a form and keeps what is typed in its field. */
export const submitText = (form: HTMLFormElement, text: string) => {
  const field = textField(form)
  if (field === undefined) return
  const typed = field.value
  field.value = text
  form.requestSubmit()
  field.value = typed
}

const unsent = new Unsent((form, text) => submitText(form, text))

/** A form's unanswered texts, in order. */
const waitingTexts = (form: HTMLFormElement) =>
  [...entries.values()].filter((it) => it.form === form).map(({ text }) => text)

const settle = (request: object) => {
  const entry = entries.get(request)
  entries.delete(request)
  isWaiting = false
  if (entry !== undefined) unsent.remove(entry)
  return entry
}

/** Returns the text to its field if that is empty, otherwise shows it in the list. */
const giveBack = ({ form, key, text }: Entry, mayBeDone: boolean) => {
  const field = textField(form)
  if (field === undefined || field.value !== "") return unsent.refuse({ form, text })
  field.value = text
  if (mayBeDone) returned.set(form, { text, key })
}

/** The form navigates to another page: returns its queued texts, which are not sent from here. */
export const leave = (form: HTMLFormElement): ReadonlyArray<string> => {
  const texts = waitingTexts(form)
  for (const [request, entry] of entries) if (entry.form === form) settle(request)
  leaving.add(form)
  return texts
}

const wait = () => {
  isWaiting = true
  for (const entry of entries.values()) if (!pending.isShown(entry)) unsent.wait(entry)
  announce("Not saved yet: the server can't be reached. It is sent as soon as it can.")
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { request, sourceElement: form } = ctx
  const { body } = request
  if (!(form instanceof HTMLFormElement && body instanceof FormData)) return
  const field = textField(form)
  if (field === undefined || keyField(form) === undefined) return
  const before = returned.get(form)
  returned.delete(form)
  if (before?.text === field.value) body.set("idempotencyKey", before.key)
  const sent = new URLSearchParams()
  for (const [name, value] of body) if (typeof value === "string") sent.append(name, value)
  const { action, headers, method } = request
  const entry: Entry = {
    form,
    text: field.value,
    key: sent.get("idempotencyKey") ?? "",
    flush: () => void fetch(action, { method, headers, body: sent, keepalive: true }).catch(() => undefined)
  }
  entries.set(ctx, entry)
  if (!pending.show(entry) && isWaiting) unsent.wait(entry)
  // `deliver` has its own timeout.
  request.timeout = 0
  // htmx's hook to replace `fetch` for a request; missing in its types.
  Object.assign(ctx, { fetch: (url: string, init: RequestInit) => deliver(url, init, wait) })
  field.value = ""
  renewKey(form)
})

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const entry = settle(ctx)
  const status = ctx.response?.status ?? 0
  if (entry !== undefined) {
    if (status < 300) whenShown(ctx.response, () => pending.remove(entry))
    else pending.remove(entry)
  }
  // 4xx: the next submission is a new request. 5xx: it may have been executed.
  if (entry !== undefined && status >= 400) giveBack(entry, status >= 500)
})
// The request was not sent, or was aborted.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const entry = settle(ctx)
  if (entry === undefined) return
  pending.remove(entry)
  giveBack(entry, true)
})
document.addEventListener("htmx:before:request", (event) => {
  if (leaving.has(event.detail.ctx.sourceElement)) event.preventDefault()
})

// The back/forward cache restores the form in its old state.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) leaving.delete(form)
})
window.addEventListener("pagehide", () => {
  for (const { flush } of entries.values()) flush()
})
// Warns, because without a connection texts can't be sent on unload.
window.addEventListener("beforeunload", (event) => {
  if (isWaiting) event.preventDefault()
})
