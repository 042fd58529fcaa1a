// The days that a query may be asked about, and the one aggregate: as its parameters and as conditions of its SQL.
import * as Schema from "effect/Schema"
import { day } from "../../domain/Field.ts"

/** `2026-11-25`: a day in UTC. */
export const Day = day.pipe(Schema.brand("Day"))
export type Day = typeof Day.Type
export const Count = Schema.NonNegativeInt

/** Left out, and not undefined: what is wrong with a day is then said of the day alone. */
const exact = { exact: true } as const
const days = { from: Schema.optionalWith(Day, exact), to: Schema.optionalWith(Day, exact) }
const inOrder = ({ from, to }: { readonly from?: Day | undefined; readonly to?: Day | undefined }) =>
  from === undefined || to === undefined || from <= to || "from must not be after to"

/** The first and the last day (`logDays.ts` knows them by these names), both with what happened on them; without one there is no bound. */
export const Range = Schema.Struct(days).pipe(Schema.filter(inOrder))

/**
 * The same, of one aggregate alone or of all: each subject is a parameter that takes an id. Whoever answers it looks first
 * whether there is such an aggregate, and for whom.
 */
export const rangeOf = (subjects: ReadonlyArray<string>) =>
  Schema.Struct({
    ...days,
    ...Object.fromEntries(subjects.map((name) => [name, Schema.optionalWith(Schema.String, exact)]))
  }).pipe(
    Schema.filter((asked) => {
      const named = subjects.filter((name) => Object.hasOwn(asked, name))
      return named.length < 2 ? inOrder(asked) : `${named.join(" and ")} exclude each other`
    })
  )

/** Events whose `time` is in the range. */
export const within = (time: string) =>
  `($from IS NULL OR ${time} >= $from::DATE) AND ($to IS NULL OR ${time} < $to::DATE + 1)`

/** The same, of the subject that is asked for, if one is. */
export const withinOf = (time: string, subjects: ReadonlyArray<string>) =>
  [within(time), ...subjects.map(isSubject)].join(" AND ")
export const isSubject = (name: string) => `($${name} IS NULL OR aggregate_id = $${name})`

/** A date as a row has it. */
export const dayText = (date: string) => `strftime(${date}, '%Y-%m-%d')`
