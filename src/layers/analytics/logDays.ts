// Days (UTC) covered by the rows. Ranges are clamped to them, so that different ranges with equal
// results share a cache entry.
import { type Question, withParams } from "../../domain/AnalyticsQuery.ts"

export interface LogDays {
  readonly first: string
  readonly last: string
}

/** Extends the days by an event's time; returns the same object if unchanged. */
export const widened = (days: LogDays | undefined, occurredAt: string): LogDays => {
  const day = occurredAt.slice(0, 10)
  if (days === undefined) return { first: day, last: day }
  if (day < days.first) return { ...days, first: day }
  return day > days.last ? { ...days, last: day } : days
}

const dayMillis = 86_400_000
const shifted = (day: string, by: number) => new Date(Date.parse(day) + by * dayMillis).toISOString().slice(0, 10)

/** True when the query's range contains no rows. */
export const isOutside = ({ params: { from, to } }: Question, days: LogDays) =>
  (from !== undefined && from > days.last) || (to !== undefined && to < days.first)

/** Clamps the range to the log's days; a range outside becomes the adjacent day. */
const cutDown = (question: Question, days: LogDays | undefined): Question => {
  const { from, to, ...others } = question.params
  if (from === undefined && to === undefined) return question
  if (days === undefined) return withParams(question, others)
  if (isOutside(question, days)) {
    const day = from !== undefined && from > days.last ? shifted(days.last, 1) : shifted(days.first, -1)
    return withParams(question, { ...others, from: day, to: day })
  }
  const isWithin = (from === undefined || from >= days.first) && (to === undefined || to <= days.last)
  if (isWithin) return question
  return withParams(question, {
    ...others,
    from: from !== undefined && from < days.first ? days.first : from,
    to: to !== undefined && to > days.last ? days.last : to
  })
}

/** Memoizes clamping per query while the days stay the same. */
export const makeClamp = () => {
  const known = new WeakMap<Question, { readonly days: LogDays | undefined; readonly question: Question }>()
  return (question: Question, days: LogDays | undefined): Question => {
    const before = known.get(question)
    if (before !== undefined && before.days === days) return before.question
    const clamped = cutDown(question, days)
    known.set(question, { days, question: clamped })
    return clamped
  }
}
