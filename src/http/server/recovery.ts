// Recovery from a deployment: during a rolling update a page of one release may request a script
// from a node of another, which answers unknown scripts with this one; it reloads the page. Pages
// list its hash in `integrity`, so browsers run it in place of the page's script and nowhere else.
import { createHash } from "node:crypto"

/**
 * Must stay identical, byte for byte, in all releases, because its hash is in their pages. Retries
 * five times with back-off; keeps typed text in the format of web/forms/newList.ts.
 */
export const recoveryScript = `(() => {
  const root = document.documentElement
  if (root.dataset.recovery !== undefined) return
  root.dataset.recovery = ""
  const hint = document.querySelector(".missing")
  const say = (text) => {
    if (hint === null) return
    hint.firstChild.textContent = text
    hint.dataset.now = ""
  }
  const field = document.getElementById("text")
  try {
    const tries = Number(sessionStorage.getItem("evenstar.recovery") ?? 0)
    if (!(tries < 5)) return say("Parts of this page are still missing. ")
    say("Parts of this page are missing: it is about to be loaded again. ")
    setTimeout(() => {
      sessionStorage.setItem("evenstar.recovery", String(tries + 1))
      if (field !== null && field.value !== "") {
        const isFocused = document.activeElement === field
        const carried = { path: location.pathname, texts: [], typed: field.value, isFocused }
        sessionStorage.setItem("evenstar.carried", JSON.stringify(carried))
      }
      location.reload()
    }, 500 * 2 ** tries)
  } catch {
    say("Parts of this page are missing. ")
  }
})()
`

/** For `integrity` attributes, in addition to the script's own hash. */
export const recoveryIntegrity = `sha384-${createHash("sha384").update(recoveryScript).digest("base64")}`

/** The file that a page loads when only its style sheet is missing. */
export const recoveryFile = "recover.js"

const hashedScript = /\.[\w-]{8}\.js$/

/** Whether a missing file was requested as a script. */
export const isMissedScript = (file: string, destination: unknown) =>
  destination === "script" && (file === recoveryFile || hashedScript.test(file))
