// Forms whose each sending makes something new (they have an Idempotency-Key): the field is free for the next text at once, and
// what was sent waits here, in order, until it is answered. A text that is refused goes back into the field, or stays in sight.
import { announce } from "./announce.ts"
import { deliver } from "./deliver.ts"
import { keyField, renewKey } from "./key.ts"
import { Unsent } from "./unsent.ts"

interface Entry {
  readonly form: HTMLFormElement
  readonly text: string
  readonly key: string
  /** Sends it, maybe again, when the page goes: the request outlives it. */
  readonly flush: () => void
}

/** By htmx's record of each request. */
const entries = new Map<object, Entry>()
/** What came back into a field, by form: the same text is then the same request, if nobody knows what became of it. */
const returned = new WeakMap<HTMLFormElement, Pick<Entry, "text" | "key">>()
const leaving = new WeakSet<Element>()
let isWaiting = false

export const textField = (form: HTMLFormElement): HTMLInputElement | undefined => {
  const text = form.elements.namedItem("text")
  return text instanceof HTMLInputElement ? text : undefined
}

/** Sends a text by a form, whatever stands in its field. */
export const submitText = (form: HTMLFormElement, text: string) => {
  const field = textField(form)
  if (field === undefined) return
  const typed = field.value
  field.value = text
  form.requestSubmit()
  field.value = typed
}

const unsent = new Unsent((form, text) => submitText(form, text))

/** Texts of a form that are not answered yet, in their order. */
const waitingTexts = (form: HTMLFormElement) =>
  [...entries.values()].filter((it) => it.form === form).map(({ text }) => text)

const settle = (request: object) => {
  const entry = entries.get(request)
  entries.delete(request)
  isWaiting = false
  if (entry !== undefined) unsent.remove(entry)
  return entry
}

/** The text is where it can be sent again; nothing that was typed meanwhile gives way to it. */
const giveBack = ({ form, key, text }: Entry, mayBeDone: boolean) => {
  const field = textField(form)
  if (field === undefined || field.value !== "") return unsent.refuse({ form, text })
  field.value = text
  if (mayBeDone) returned.set(form, { text, key })
}

/** The form's answer leads to another page: what waits is taken along, and not sent from here. */
export const leave = (form: HTMLFormElement): ReadonlyArray<string> => {
  const texts = waitingTexts(form)
  for (const [request, entry] of entries) if (entry.form === form) settle(request)
  leaving.add(form)
  return texts
}

const wait = () => {
  isWaiting = true
  for (const entry of entries.values()) unsent.wait(entry)
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
  if (isWaiting) unsent.wait(entry)
  // `deliver` has its own.
  request.timeout = 0
  // What htmx calls for this request: its types don't tell.
  Object.assign(ctx, { fetch: (url: string, init: RequestInit) => deliver(url, init, wait) })
  field.value = ""
  renewKey(form)
})

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const entry = settle(ctx)
  const status = ctx.response?.status ?? 0
  // Refused: another request the next time. 5xx: it may have been done.
  if (entry !== undefined && status >= 400) giveBack(entry, status >= 500)
})
// It has not even come to a request, or was aborted.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const entry = settle(ctx)
  if (entry !== undefined) giveBack(entry, true)
})
document.addEventListener("htmx:before:request", (event) => {
  if (leaving.has(event.detail.ctx.sourceElement)) event.preventDefault()
})

// Back from the back/forward cache the form is as good as new.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) leaving.delete(form)
})
window.addEventListener("pagehide", () => {
  for (const { flush } of entries.values()) flush()
})
// Without a connection it can't be flushed.
window.addEventListener("beforeunload", (event) => {
  if (isWaiting) event.preventDefault()
})
