// Says that the page's script has started (the style sheet and src/http/server/recovery.ts ask); a page that misses its style is loaded
// anew, as one that misses its script is.

/** A variable of web/style.css. */
const isStyled = () => getComputedStyle(document.documentElement).getPropertyValue("--paper") !== ""

const start = () => {
  // Another of the page's scripts is missing.
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

// By then it is known what has come and what hasn't.
if (document.readyState === "complete") start()
else window.addEventListener("load", start)
