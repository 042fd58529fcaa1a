// In development, on every page: swaps changed style sheets, reloads on other changes, and restores
// typed text after a reload.

interface Build {
  /** Changes when the server restarts. */
  readonly instance: string
  /** Built files by logical name. */
  readonly files: Readonly<Record<string, string>>
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

const key = "evenstar.dev.typed"

const isField = (element: Element): element is Field =>
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement ||
  (element instanceof HTMLInputElement && !/^(hidden|submit|button|file|password)$/.test(element.type))

/** Fields keyed by form action and field name, which survive a reload. */
const fields = () => {
  const all = new Map<string, Field>()
  for (const [index, form] of [...document.forms].entries()) {
    for (const element of form.elements) {
      if (!isField(element)) continue
      all.set([form.getAttribute("action") ?? index, element.name || element.id].join(" "), element)
    }
  }
  return all
}

const isChecked = (field: Field): field is HTMLInputElement =>
  field instanceof HTMLInputElement && /^(checkbox|radio)$/.test(field.type)

const keepTyped = () => {
  const typed: Array<[string, string | boolean]> = []
  let focused: string | undefined
  for (const [name, field] of fields()) {
    if (isChecked(field)) {
      if (field.checked !== field.defaultChecked) typed.push([name, field.checked])
    } else if (field.value !== "" && !("defaultValue" in field && field.value === field.defaultValue)) {
      typed.push([name, field.value])
    }
    if (field === document.activeElement) focused = name
  }
  const open = [...document.querySelectorAll("details[open]")].map((it) => it.id).filter((id) => id !== "")
  sessionStorage.setItem(key, JSON.stringify({ typed, focused, open, top: scrollY }))
}

const restoreTyped = () => {
  const kept = sessionStorage.getItem(key)
  if (kept === null) return
  sessionStorage.removeItem(key)
  const { focused, open, top, typed } = JSON.parse(kept)
  const all = fields()
  for (const [name, value] of typed) {
    const field = all.get(name)
    if (field === undefined) continue
    if (isChecked(field)) field.checked = value
    else field.value = value
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "")
  all.get(focused)?.focus()
  scrollTo(0, top)
}

const load = () => {
  keepTyped()
  location.reload()
}

/** Removes the old style sheet after the new one has loaded, to avoid flicker. */
const swap = (from: string, to: string) => {
  const old = document.querySelector<HTMLLinkElement>(`link[rel=stylesheet][href="/static/${from}"]`)
  if (old === null) return
  const fresh = document.createElement("link")
  fresh.rel = "stylesheet"
  fresh.href = `/static/${to}`
  for (const end of ["load", "error"]) fresh.addEventListener(end, () => old.remove())
  old.after(fresh)
}

/** Whether all loaded files belong to this build. */
const isShown = ({ files }: Build) => {
  const built = new Set(Object.values(files).map((file) => `/static/${file}`))
  const all = document.querySelectorAll('script[src^="/static/"], link[href^="/static/"]')
  return [...all].every((it) => built.has(it.getAttribute("src") ?? it.getAttribute("href") ?? ""))
}

let shown: Build | undefined

const follow = (build: Build) => {
  const before = shown
  shown = build
  document.documentElement.dataset["build"] = build.instance
  overlay.remove()
  // A build may have finished between loading the page and opening this stream.
  if (before === undefined) return isShown(build) ? undefined : load()
  if (build.instance !== before.instance) return load()
  const changed = Object.keys(build.files).filter((name) => build.files[name] !== before.files[name])
  if (changed.some((name) => !name.endsWith(".css"))) return load()
  for (const name of changed) swap(before.files[name] ?? "", build.files[name] ?? "")
}

/** Uses `fetch`, like htmx, so that it shares the browser's one stream (web/live/shared.ts). */
const listen = async () => {
  const { body } = await fetch("/dev/feed")
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  for (;;) {
    const { done = true, value = "" } = (await reader?.read()) ?? {}
    if (done) return
    const blocks = (text + value).split("\n\n")
    text = blocks.pop() ?? ""
    for (const block of blocks) {
      const [, data] = /^event: build\ndata: (.*)$/m.exec(block) ?? []
      if (data !== undefined) follow(JSON.parse(data))
    }
  }
}

/** Covers the page instead of replacing it, so that typed text is kept. */
const overlay = document.createElement("pre")
overlay.id = "dev-problem"
overlay.setAttribute("role", "alert")
Object.assign(overlay.style, {
  position: "fixed",
  inset: "auto 0 0 0",
  zIndex: "2147483647",
  maxHeight: "60vh",
  overflow: "auto",
  margin: "0",
  padding: "1rem",
  whiteSpace: "pre-wrap",
  font: "0.9rem/1.4 ui-monospace, monospace",
  color: "#fff",
  background: "#8b1a1a"
})

const showProblem = (problem: string) => {
  overlay.textContent = problem
  if (!overlay.isConnected) document.body.append(overlay)
}

/** While the server can't run, another one on its address has the error (src/tooling/dev). */
const askForProblem = async () => {
  const response = await fetch("/dev/problem")
  if (response.ok) showProblem((await response.json()).problem)
}

/** Milliseconds between connection attempts. */
const retryAfter = 100

const keepListening = () => {
  listen()
    .then(askForProblem)
    .catch(() => undefined)
    .then(() => setTimeout(keepListening, retryAfter))
}
keepListening()

restoreTyped()
