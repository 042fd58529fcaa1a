// All queries that may be asked: the stack's own, and those that features declare. Each has its route, its cache and its place in
// the API's description from here.
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { AnyQuery } from "../../domain/AnalyticsQuery.ts"
import type { StackQueries } from "./stackQueries.ts"

/** In the order of the API's description. */
export const allQueries = (
  { busiestHours, dailyCounts, eventRate }: StackQueries,
  ofFeatures: ReadonlyArray<AnyQuery>
): Arr.NonEmptyReadonlyArray<AnyQuery> => [dailyCounts, ...ofFeatures, busiestHours, eventRate]

export class Queries extends Context.Tag("evenstar/Queries")<Queries, Arr.NonEmptyReadonlyArray<AnyQuery>>() {
  static readonly layer = (own: StackQueries, ofFeatures: ReadonlyArray<AnyQuery>) =>
    Layer.succeed(Queries, allQueries(own, ofFeatures))
}
