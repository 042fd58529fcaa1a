// Formats numbers, days and durations for people. Days and hours are in UTC.

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })
const countFormat = new Intl.NumberFormat("en-US")

/** Formats `2026-11-25` as "25 Nov 2026". */
export const dayText = (day: string) => dayFormat.format(Date.parse(day))

/** Formats 1234 as "1,234". */
export const countText = (count: number) => countFormat.format(count)

export const sum = (rows: ReadonlyArray<{ readonly count: number }>) =>
  rows.reduce((total, { count }) => total + count, 0)

/** Formats "1 event", "1,234 events". */
export const some = (count: number, what: string) => `${countText(count)} ${what}${count === 1 ? "" : "s"}`

const listFormat = new Intl.ListFormat("en-GB")

/** Formats "a, b and c". */
export const enumeration = (texts: ReadonlyArray<string>) => listFormat.format(texts)

/** Formats "Events of all orders and returns", from the features' nouns; "Events" without any. */
export const eventsOf = (things: ReadonlyArray<string>) =>
  things.length === 0 ? "Events" : `Events of all ${enumeration(things)}`

export const percentText = (part: number, whole: number) =>
  whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`

const units: ReadonlyArray<readonly [seconds: number, name: string]> = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"]
]

/** Formats seconds as "42 s", "1 h 20 min", "3 d 4 h": at most two units, the second below 10. */
export const durationText = (seconds: number): string => {
  if (seconds < 1) return seconds === 0 ? "0 s" : "under 1 s"
  const index = units.findIndex(([size]) => seconds >= size)
  const [size, name] = units[index] ?? [1, "s"]
  const [smaller, smallerName] = units[index + 1] ?? [1, ""]
  const whole = Math.floor(seconds / size)
  const rest = Math.floor((seconds - whole * size) / smaller)
  return whole >= 10 || rest === 0 || smallerName === ""
    ? `${whole} ${name}`
    : `${whole} ${name} ${rest} ${smallerName}`
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

/** 1 is Monday (ISO 8601). */
export const weekdayText = (weekday: number) => weekdays[weekday - 1] ?? ""

/** Formats 9 as "09:00". */
export const hourText = (hour: number) => `${String(hour).padStart(2, "0")}:00`

/** Formats `OrderPlaced` as "Order placed". */
export const eventTypeText = (eventType: string) => {
  const words = eventType.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, " ").toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
