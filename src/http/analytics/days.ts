// Days in UTC, as `2026-11-25`.
const dayMillis = 86_400_000

/** Of a time in milliseconds since 1970. */
export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

/** So many days before a day. */
export const daysBefore = (day: string, days: number) => dayOf(Date.parse(day) - days * dayMillis)
