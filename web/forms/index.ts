// Form behaviour beyond htmx: keeps typed text during requests, and reports errors.
import "./newList.ts"
import "./rename.ts"
import { announce, announceNothing } from "./announce.ts"

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement instanceof HTMLFormElement && (ctx.response?.status ?? 0) < 300) announceNothing()
})
document.addEventListener("htmx:error", ({ target }) => {
  if (target instanceof HTMLFormElement) announce("No answer came: maybe there is no connection. Please try again.")
})
