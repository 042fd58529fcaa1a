// The hidden field that makes a form's second sending the same request as its first: its Idempotency-Key.

/** `crypto.randomUUID` is only there on https and localhost. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("")

export const keyField = (form: HTMLFormElement): HTMLInputElement | undefined => {
  const key = form.elements.namedItem("idempotencyKey")
  return key instanceof HTMLInputElement ? key : undefined
}

export const renewKey = (form: HTMLFormElement) => {
  const key = keyField(form)
  if (key !== undefined) key.value = newKey()
}

// A page from the back/forward cache still has the key of what was sent from it.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) renewKey(form)
})
