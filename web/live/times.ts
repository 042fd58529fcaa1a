// Points in time, which the server renders in UTC (src/http/views/time.tsx), in the reader's format
// and zone; the original is the tooltip. Days stay days of UTC, and get the reader's format.

const point = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" })
const { locale } = point.resolvedOptions()

const localize = () => {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = Date.parse(element.dateTime)
    if (Number.isNaN(at)) continue
    const isPoint = element.dateTime.includes("T")
    const text = (isPoint ? point : day).format(at)
    if (element.textContent === text) continue
    if (isPoint) element.title = element.textContent
    element.lang = locale
    element.dir = "auto"
    element.textContent = text
  }
}

// Swaps bring the server's text again.
document.addEventListener("htmx:after:swap", localize)
localize()
