// The entry script: htmx with its SSE extension, and the little that they leave open.
import "htmx.org"
import "htmx.org/dist/ext/hx-sse.js"
import "./rename.ts"
import "./style.css"

interface Connection {
  readonly attempt: number
  readonly status?: number
  readonly reader?: { cancel: () => unknown }
  readonly delayCanceller?: () => void
  readonly abortController?: AbortController
}

/** Nothing at all for this long: the server's heartbeat (15 s) was missed twice. */
const silenceLimit = 35_000

let connection: Connection | undefined
let heard = Date.now()

const show = (state: "live" | "reconnecting") => {
  heard = Date.now()
  const indicator = document.getElementById("connection")
  if (indicator === null || indicator.dataset.state === state) return
  indicator.dataset.state = state
  indicator.textContent = state === "live" ? "Live" : "Reconnecting …"
}

const connectionOf = (event: Event): Connection | undefined =>
  event instanceof CustomEvent ? event.detail?.connection : undefined

document.addEventListener("htmx:sse:before:connection", (event) => {
  connection = connectionOf(event)
  if ((connection?.attempt ?? 0) > 0) show("reconnecting")
})
document.addEventListener("htmx:sse:after:connection", () => show("live"))
document.addEventListener("htmx:sse:before:message", () => show("live"))
document.addEventListener("ping", () => show("live"))
document.addEventListener("htmx:sse:close", () => show("reconnecting"))
document.addEventListener("htmx:sse:error", (event) => {
  // Closed to this visitor by now: the page says so, and shows nothing any more.
  if (event instanceof CustomEvent && event.detail?.status === 404) return location.reload()
  show("reconnecting")
  connectionOf(event)?.abortController?.abort()
})
window.addEventListener("online", () => connection?.delayCanceller?.())

// htmx notices no dead line by itself: a stream that has gone silent is dropped, and so opened anew.
setInterval(() => {
  if (!document.hidden && Date.now() - heard > silenceLimit) {
    heard = Date.now()
    connection?.reader?.cancel()
  }
}, 5000)

/** Gives a form's request a new Idempotency-Key; `crypto.randomUUID` is only there on https and localhost. */
const renewKey = (form: HTMLFormElement) => {
  const key = form.elements.namedItem("idempotencyKey")
  if (!(key instanceof HTMLInputElement)) return
  key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("")
}
// A page from the back/forward cache still has the key of what was sent from it.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.forms) renewKey(form)
})

document.addEventListener("htmx:after:request", (event) => {
  if (!(event instanceof CustomEvent)) return
  const { response, sourceElement } = event.detail?.ctx ?? {}
  if (!(sourceElement instanceof HTMLFormElement)) return
  // Answered: what is sent next is another request. Without an answer it stays the same one, done once.
  const status: number = response?.status ?? Number.POSITIVE_INFINITY
  if (status < 500) renewKey(sourceElement)
  if (status >= 300) return
  for (const alert of document.querySelectorAll("[role=alert]")) alert.textContent = ""
  sourceElement.reset()
  sourceElement.closest("details")?.removeAttribute("open")
})
