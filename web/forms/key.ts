// A form's Idempotency-Key, in a hidden field: a repeated submission is the same request.

/** `crypto.randomUUID` requires a secure context. */
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

// A page restored from the back/forward cache still has a used key.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) renewKey(form)
})
