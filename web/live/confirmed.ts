// Confirmation of a command: its response tells the sequence of its event, and the feed's message
// with this sequence, or a later one, shows what it has changed.

/** The sequence of the feed's last message. */
let seen = -1
const waiting = new Set<{ readonly sequence: number; readonly done: () => void }>()

document.addEventListener("htmx:sse:after:message", (event) => {
  if (!(event instanceof CustomEvent)) return
  const { id } = event.detail.message
  if (/^\d+$/.test(id)) seen = Number(id)
  for (const entry of waiting) {
    if (entry.sequence > seen) continue
    waiting.delete(entry)
    entry.done()
  }
})

/** Calls back when the page shows the effect of the response's command; at once without a feed. */
export const whenShown = (response: { readonly headers: Headers } | null | undefined, done: () => void) => {
  const sequence = Number(response?.headers.get("evenstar-sequence") ?? seen)
  if (sequence <= seen) done()
  else waiting.add({ sequence, done })
}
