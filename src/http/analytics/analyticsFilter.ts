// What a dashboard's address asks for: days and perhaps one subject, and the questions that follow from them. The page and its
// feed take the same query string.
import type { IncomingMessage } from "node:http"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Sent } from "../../domain/AnalyticsQuery.ts"
import { validationFailed } from "../server/Body.ts"
import type { ValidationFailed } from "../server/Errors.ts"
import type { Asked as AskedPanel, Panel } from "../views/analytics/panels.tsx"
import { Dashboard } from "./Dashboard.ts"
import { dayOf, daysBefore } from "./days.ts"
import { type Asked, askedIn, Subjects, sentOf } from "./Subjects.ts"

/** Days that are shown where the address names none: up to now, so that what happens next is among them. */
const usualDays = 30

export interface AnalyticsFilter {
  /** As the address has it; `from` and `to` are days in UTC. What is left out is no bound. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** The one aggregate that it is about; undefined where it is about all. */
  readonly asked: Asked | undefined
  /** Today in UTC. */
  readonly today: string
  /** The address names no days: what it means changes with the day. */
  readonly isUsual: boolean
  /** What an address must have for the same, with its `?` if there is anything. */
  readonly search: string
  /** In their order on the page. */
  readonly shown: ReadonlyArray<AskedPanel>
  /** Those that can't be about one aggregate alone, where one is asked for. */
  readonly leftOut: ReadonlyArray<Panel>
}

/** Without what was left out: a query takes no `undefined`. */
const given = (parts: Sent): Sent =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

/** `?from=2026-11-01&orderId=…`; what is left out is not there. */
export const searchOf = (parts: Sent) => {
  const search = new URLSearchParams(Object.entries(given(parts)).map(([name, value = ""]) => [name, value]))
  return search.size === 0 ? "" : `?${search}`
}

/** A panel's question about as much of what was sent as its query takes. */
const questionOf = (panel: Panel, sent: Sent) => {
  const { parse, takes } = panel.query
  const taken = Object.fromEntries(Object.entries(sent).filter(([name]) => takes.includes(name)))
  return Either.map(parse(taken), (question): AskedPanel => ({ panel, question }))
}

/** Reads addresses: one with neither `from` nor `to` means the last 30 days; one with an empty one (`?from=`), no bound. */
export const makeFilters = Effect.map(Effect.all([Dashboard, Subjects]), ([{ panels }, subjects]) => {
  const all = subjects.all()
  return ({ url = "" }: IncomingMessage): Effect.Effect<AnalyticsFilter, ValidationFailed> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const query = new URLSearchParams(url.split("?")[1])
      const valueOf = (name: string) => query.get(name) || undefined
      const today = dayOf(now)
      const isUsual = !query.has("from") && !query.has("to")
      const from = isUsual ? daysBefore(today, usualDays - 1) : valueOf("from")
      const to = valueOf("to")
      const named = given(Object.fromEntries(all.map(({ param }) => [param, valueOf(param)])))
      const asked = askedIn(all, named)
      const search = isUsual ? searchOf(named) : searchOf({ from: from ?? "", to, ...named })
      const isLeftOut = ({ query: { takes } }: Panel) => !Object.keys(named).every((name) => takes.includes(name))
      const sent = given({ from, to, ...named })
      return Either.mapBoth(
        Either.all(panels.filter((panel) => !isLeftOut(panel)).map((panel) => questionOf(panel, sent))),
        {
          onLeft: validationFailed,
          onRight: (shown) => ({ from, to, asked, today, isUsual, search, shown, leftOut: panels.filter(isLeftOut) })
        }
      )
    })
})

/** Filters with the same key show the same. */
export const keyOf = ({ asked, from, to }: AnalyticsFilter) => JSON.stringify([from, to, sentOf(asked)])
