// Query parameters for a range of days and one aggregate, with their SQL conditions.
import * as Schema from "effect/Schema"
import { day } from "../../domain/Field.ts"

/** `2026-11-25`: a day in UTC. */
export const Day = day.pipe(Schema.brand("Day"))
export type Day = typeof Day.Type
export const Count = Schema.NonNegativeInt

/** Optional, not undefined, so that errors mention the day only. */
const exact = { exact: true } as const
const days = { from: Schema.optionalWith(Day, exact), to: Schema.optionalWith(Day, exact) }
const inOrder = ({ from, to }: { readonly from?: Day | undefined; readonly to?: Day | undefined }) =>
  from === undefined || to === undefined || from <= to || "from must not be after to"

/**
 * First and last day, both inclusive; a missing one is unbounded. `logDays.ts` relies on the names.
 */
export const DayRange = Schema.Struct(days).pipe(Schema.filter(inOrder))

/**
 * The range, optionally for one aggregate: each subject is an id parameter. The route checks that
 * the aggregate exists and may be read.
 */
export const rangeWithSubjects = (subjects: ReadonlyArray<string>) =>
  Schema.Struct({
    ...days,
    ...Object.fromEntries(subjects.map((name) => [name, Schema.optionalWith(Schema.String, exact)]))
  }).pipe(
    Schema.filter((asked) => {
      const named = subjects.filter((name) => Object.hasOwn(asked, name))
      return named.length < 2 ? inOrder(asked) : `${named.join(" and ")} exclude each other`
    })
  )

/** SQL: `time` is within the range. */
export const within = (time: string) =>
  `($from IS NULL OR ${time} >= $from::DATE) AND ($to IS NULL OR ${time} < $to::DATE + 1)`

/** SQL: within the range and of the given subject, if any. */
export const withinOf = (time: string, subjects: ReadonlyArray<string>) =>
  [within(time), ...subjects.map(isSubject)].join(" AND ")
export const isSubject = (name: string) => `($${name} IS NULL OR aggregate_id = $${name})`

/** SQL: a date as YYYY-MM-DD. */
export const dayText = (date: string) => `strftime(${date}, '%Y-%m-%d')`
