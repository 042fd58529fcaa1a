// Points in time, which the server renders in UTC (src/http/views/time.tsx), in the reader's
// language and zone; the original is the tooltip.

const format = new Intl.DateTimeFormat(navigator.languages, { dateStyle: "medium", timeStyle: "short" })
const { locale } = format.resolvedOptions()

const localize = () => {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[datetime*="T"]')) {
    const at = Date.parse(element.dateTime)
    if (Number.isNaN(at)) continue
    const text = format.format(at)
    if (element.textContent === text) continue
    element.title = element.textContent
    element.lang = locale
    element.dir = "auto"
    element.textContent = text
  }
}

// Swaps bring the server's text again.
document.addEventListener("htmx:after:swap", localize)
localize()
