// What a dashboard's address asks for: days and a list, and the questions that follow from them. The page and its feed take the
// same query string.
import type { IncomingMessage } from "node:http"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { pipe } from "effect/Function"
import type { Question, Sent } from "../../domain/AnalyticsQuery.ts"
import {
  activeLists,
  busiestHours,
  completionFunnel,
  dailyCounts,
  eventRate,
  timeToComplete
} from "../../layers/analytics/queries.ts"
import { validationFailed } from "../server/Body.ts"
import type { ValidationFailed } from "../server/Errors.ts"

/** Days that are shown where the address names none: up to now, so that what happens next is among them. */
const usualDays = 30
const dayMillis = 86_400_000

export interface AnalyticsFilter {
  /** As the address has it; `from` and `to` are days in UTC. What is left out is no bound. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly listId: string | undefined
  /** Today in UTC. */
  readonly today: string
  /** The address names no days: what it means changes with the day. */
  readonly isUsual: boolean
  /** What an address must have for the same, with its `?` if there is anything. */
  readonly search: string
  /** One for each chart, in their order on the page. Those about all lists are left out where one list is asked for. */
  readonly questions: ReadonlyArray<Question>
}

/** `2026-11-25`: the day in UTC of a time in milliseconds since 1970. */
export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

/** So many days before a day. */
export const daysBefore = (day: string, days: number) => dayOf(Date.parse(day) - days * dayMillis)

/** Without what was left out: a query takes no `undefined`. */
const given = (parts: Sent): Sent =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

const questionsOf = (from: string | undefined, to: string | undefined, listId: string | undefined) => {
  const range = given({ from, to })
  const ofList = given({ from, to, listId })
  const aboutAll = listId === undefined
  return Either.all([
    dailyCounts.parse(ofList),
    ...(aboutAll ? [eventRate.parse({})] : []),
    completionFunnel.parse(ofList),
    timeToComplete.parse(ofList),
    ...(aboutAll ? [activeLists.parse(range)] : []),
    busiestHours.parse(ofList)
  ])
}

/** `?from=2026-11-01&listId=…`; what is left out is not there. */
export const searchOf = (parts: Sent) => {
  const search = new URLSearchParams(Object.entries(given(parts)).map(([name, value = ""]) => [name, value]))
  return search.size === 0 ? "" : `?${search}`
}

/** An address with neither `from` nor `to` means the last 30 days; with an empty one (`?from=`), no bound. */
export const filterOf = ({ url = "" }: IncomingMessage): Effect.Effect<AnalyticsFilter, ValidationFailed> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const asked = new URLSearchParams(url.split("?")[1])
    const valueOf = (name: string) => asked.get(name) || undefined
    const today = dayOf(now)
    const isUsual = !asked.has("from") && !asked.has("to")
    const from = isUsual ? daysBefore(today, usualDays - 1) : valueOf("from")
    const [to, listId] = [valueOf("to"), valueOf("listId")]
    const search = isUsual ? searchOf({ listId }) : searchOf({ from: from ?? "", to, listId })
    return pipe(
      questionsOf(from, to, listId),
      Either.mapBoth({
        onLeft: validationFailed,
        onRight: (questions) => ({ from, to, listId, today, isUsual, search, questions })
      })
    )
  })

/** Filters with the same key show the same. */
export const keyOf = ({ from, listId, to }: AnalyticsFilter) => JSON.stringify([from, to, listId])
