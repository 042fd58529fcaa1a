// Applying a feed's messages. A message that moves rows waits while a hand is on them; a page that
// lacks an element that has changed gets the whole fragment.

/** Milliseconds for which rows keep their place after a pointer has been used on them. */
const grace = 400
/** Milliseconds after which rows move again although the pointer is down: its release got lost. */
const maxWait = 10_000

interface Connection {
  lastEventId: string
  readonly reader?: { readonly cancel: () => unknown } | null
}
interface Message {
  readonly connection: Connection
  readonly message: { readonly data: string; readonly event: string }
  readonly waitUntil: (work: Promise<unknown>) => void
}
const isMessage = (event: Event): event is CustomEvent<Message> => event instanceof CustomEvent

let connection: Connection | undefined
/** Waiting for the release of the pointer that is down on the rows; undefined without one. */
let waiting: Array<() => void> | undefined
let freeAt = 0

const isOfFeed = (target: EventTarget | null | undefined) =>
  target instanceof Element && target.closest("#feed") !== null

const release = () => {
  if (waiting === undefined) return
  freeAt = performance.now() + grace
  for (const go of waiting) go()
  waiting = undefined
}
document.addEventListener(
  "pointerdown",
  ({ target }) => {
    if (!isOfFeed(target)) return
    waiting ??= []
    setTimeout(release, maxWait)
  },
  { capture: true }
)
for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, release, { capture: true })

const handIsFree = async () => {
  await new Promise<void>((resolve) => (waiting === undefined ? resolve() : waiting.push(resolve)))
  await new Promise((resolve) => setTimeout(resolve, freeAt - performance.now()))
}

/** Whether a message gives rows another place; rows that are added at the end don't. */
const movesRows = (html: string) => {
  if (html.includes("<hx-partial")) return /hx-swap="(delete|beforebegin)"/.test(html)
  const next = document.createElement("template")
  next.innerHTML = html
  const rowsAfter = next.content.querySelectorAll("li[id]")
  const rowsBefore = document.querySelectorAll("#feed li[id]")
  return [...rowsBefore].some(({ id }, index) => rowsAfter[index]?.id !== id)
}

let needsWhole = false
let isSwapping = false

/** Opens the stream anew: without a last event id it begins with the whole. */
const getWhole = () => {
  if (connection === undefined) return
  needsWhole = true
  connection.lastEventId = ""
  void connection.reader?.cancel()
}

document.addEventListener("htmx:sse:after:connection", () => {
  needsWhole = false
})
document.addEventListener("htmx:sse:before:message", (event) => {
  if (!isMessage(event)) return
  const { message, waitUntil } = event.detail
  connection = event.detail.connection
  // Received before the stream was closed.
  if (needsWhole) {
    event.preventDefault()
    connection.lastEventId = ""
  }
  const isBusy = waiting !== undefined || performance.now() < freeAt
  if (isBusy && message.event === "" && movesRows(message.data)) waitUntil(handIsFree())
})
document.addEventListener("htmx:before:swap", (event) => {
  if (!isOfFeed(event.detail.ctx.sourceElement)) return
  const tasks: ReadonlyArray<{ readonly target: unknown }> = event.detail.tasks
  if (tasks.every(({ target }) => target !== null)) {
    isSwapping = true
    return
  }
  event.preventDefault()
  getWhole()
})
document.addEventListener("htmx:after:swap", () => {
  isSwapping = false
})
// A swap that failed may have been half done.
document.addEventListener("htmx:sse:error", () => {
  if (isSwapping) getWhole()
  isSwapping = false
})
