// A button with `aria-pressed` in a row shows its new state at once. The state is taken back when
// the command is refused, and is the server's again when the feed shows the command's effect.
import { whenShown } from "../live/confirmed.ts"

interface Toggle {
  readonly row: string
  readonly pressed: string
}
/** By htmx's request context. */
const toggles = new Map<object, Toggle>()
/** The server's states of the buttons that show another one. */
const originals = new Map<Element, string>()

const buttonIn = (row: string) => document.getElementById(row)?.querySelector("button[aria-pressed]")

const apply = () => {
  for (const { pressed, row } of toggles.values()) {
    const button = buttonIn(row)
    const original = button?.getAttribute("aria-pressed")
    if (button === null || button === undefined || typeof original !== "string") continue
    if (!originals.has(button)) originals.set(button, original)
    button.setAttribute("aria-pressed", pressed)
  }
}
const restore = () => {
  for (const [button, pressed] of originals) button.setAttribute("aria-pressed", pressed)
  originals.clear()
}
const settle = (request: object | undefined) => {
  if (request === undefined || !toggles.delete(request)) return
  restore()
  apply()
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const row = ctx.sourceElement.closest("li[id]")?.id
  const pressed = ctx.sourceElement.querySelector("button[aria-pressed]")?.getAttribute("aria-pressed")
  if (row === undefined || (pressed !== "true" && pressed !== "false")) return
  toggles.set(ctx, { row, pressed: String(pressed === "false") })
  apply()
})
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!toggles.has(ctx)) return
  if ((ctx.response?.status ?? 0) < 300) whenShown(ctx.response, () => settle(ctx))
  else settle(ctx)
})
document.addEventListener("htmx:error", ({ detail: { ctx } }) => settle(ctx))
// The morph compares with the server's state.
document.addEventListener("htmx:before:swap", restore)
document.addEventListener("htmx:finally:swap", apply)
