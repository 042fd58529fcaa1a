// The common entry script: htmx with its SSE extension, connection state, forms and rows.
import "htmx.org"
import "htmx.org/dist/ext/hx-sse.js"
import "./style.css"
import "./forms/index.ts"
import "./live/changes.ts"
import "./live/presence.ts"
import "./live/shared.ts"
import "./live/started.ts"
import "./live/times.ts"
import "./rows/clicks.ts"
import "./rows/focus.ts"
import "./rows/toggles.ts"

interface Connection {
  readonly attempt: number
  readonly status?: number
  readonly reader?: { cancel: () => unknown }
  readonly delayCanceller?: () => void
  readonly abortController?: AbortController
}

/** Milliseconds without data: two heartbeats (15 s each) missed. */
const silenceLimit = 35_000

let connection: Connection | undefined
/** Two clocks: one may be set back, the other pauses during sleep. */
const clocks = () => [performance.now(), Date.now()]
let heard = clocks()
const isSilent = () => clocks().some((now, index) => now - (heard[index] ?? now) > silenceLimit)

const show = (state: "live" | "reconnecting") => {
  heard = clocks()
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
  // Access was revoked, or the page deleted: the reload shows that.
  if (event instanceof CustomEvent && [404, 410].includes(event.detail?.status)) return location.reload()
  show("reconnecting")
  connectionOf(event)?.abortController?.abort()
})
window.addEventListener("online", () => connection?.delayCanceller?.())

// htmx doesn't detect dead connections: cancelling the reader makes it reconnect.
setInterval(() => {
  if (!document.hidden && isSilent()) {
    heard = clocks()
    connection?.reader?.cancel()
  }
}, 5000)
