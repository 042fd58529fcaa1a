// Parses the dashboard's query string into days and a subject, and derives the panels' questions.
// The page and its feed take the same query string.
import type { IncomingMessage } from "node:http"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { QueryParams } from "../../domain/AnalyticsQuery.ts"
import { validationFailed } from "../server/Body.ts"
import type { ValidationFailed } from "../server/Errors.ts"
import type { PanelRequest as AskedPanel, Panel } from "../views/analytics/panels.tsx"
import { Dashboard } from "./Dashboard.ts"
import { dayOf, daysBefore } from "./days.ts"
import { type RequestedSubject, requestedSubject, Subjects, subjectParams } from "./Subjects.ts"

/** Days shown by default, up to now, so that new events are included. */
const usualDays = 30

export interface AnalyticsFilter {
  /** Days in UTC as in the URL; undefined is no bound. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** The aggregate that it is restricted to; undefined for all. */
  readonly asked: RequestedSubject | undefined
  /** Today in UTC. */
  readonly today: string
  /** The URL names no days, so the range moves with the day. */
  readonly isUsual: boolean
  /** The equivalent query string, with its `?`; empty for the default. */
  readonly search: string
  /** In page order. */
  readonly shown: ReadonlyArray<AskedPanel>
  /** Panels that can't be restricted to one aggregate. */
  readonly leftOut: ReadonlyArray<Panel>
}

/** Removes undefined values: a query rejects them. */
const given = (parts: QueryParams): QueryParams =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

/** Formats a query string such as `?from=2026-11-01&orderId=…`; omits undefined parameters. */
export const searchOf = (parts: QueryParams) => {
  const search = new URLSearchParams(Object.entries(given(parts)).map(([name, value = ""]) => [name, value]))
  return search.size === 0 ? "" : `?${search}`
}

/** The panel's question, with those parameters that its query takes. */
const questionOf = (panel: Panel, sent: QueryParams) => {
  const { parse, takes } = panel.query
  const taken = Object.fromEntries(Object.entries(sent).filter(([name]) => takes.includes(name)))
  return Either.map(parse(taken), (question): AskedPanel => ({ panel, question }))
}

/** Parses URLs: without `from` and `to` the last 30 days, with an empty one (`?from=`) no bound. */
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
      const asked = requestedSubject(all, named)
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

/** Equal for filters that show the same. */
export const keyOf = ({ asked, from, to }: AnalyticsFilter) => JSON.stringify([from, to, subjectParams(asked)])
