// Marks that the page's script has started, for the style sheet and recovery.ts. A page without its
// style sheet is reloaded, like one without its script.

/** Tests a variable of web/style.css. */
const isStyled = () => getComputedStyle(document.documentElement).getPropertyValue("--paper") !== ""

const start = () => {
  // Another script of the page is missing.
  if (document.documentElement.dataset["recovery"] !== undefined) return
  if (isStyled()) {
    document.documentElement.dataset["started"] = ""
    return sessionStorage.removeItem("evenstar.recovery")
  }
  const script = document.createElement("script")
  script.type = "module"
  script.src = "/static/recover.js"
  document.head.append(script)
}

// After `load` every file has either arrived or failed.
if (document.readyState === "complete") start()
else window.addEventListener("load", start)
