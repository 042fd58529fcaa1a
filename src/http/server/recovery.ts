// The script of a page that misses its own: while a service changes its release, a page of one may ask the other for a file that
// it hasn't. For a script whose name it doesn't know a release answers with this one, which says so and loads the page anew. Every
// page names its hash beside the hash of its script, so that browsers run it in that script's place, and only there.
import { createHash } from "node:crypto"

/**
 * Byte for byte the same in all releases, or they can't help each other out: another text is another hash. It tries five times,
 * later and later; what was typed is kept as web/forms/newList.ts keeps it.
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

/** For `integrity` attributes, beside the hash of the script itself. */
export const recoveryIntegrity = `sha384-${createHash("sha384").update(recoveryScript).digest("base64")}`

/** Where a page finds it that has its script and misses its style. */
export const recoveryFile = "recover.js"

const hashedScript = /\.[\w-]{8}\.js$/

/** Whether a file that isn't there is a page's script: a browser asks for it, to run it. */
export const isMissedScript = (file: string, destination: unknown) =>
  destination === "script" && (file === recoveryFile || hashedScript.test(file))
