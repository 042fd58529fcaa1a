// UTC days, formatted as `2026-11-25`.
const dayMillis = 86_400_000

/** The day of a time in milliseconds since 1970. */
export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

/** The day `days` days earlier. */
export const daysBefore = (day: string, days: number) => dayOf(Date.parse(day) - days * dayMillis)
