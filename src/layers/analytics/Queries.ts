// Registry of all queries, of the stack and of features: routes, cache and API description follow
// from it.
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { AnyQuery } from "../../domain/AnalyticsQuery.ts"
import type { StackQueries } from "./stackQueries.ts"

/** In the order of the API description. */
export const allQueries = (
  { busiestHours, dailyCounts, eventRate }: StackQueries,
  ofFeatures: ReadonlyArray<AnyQuery>
): Arr.NonEmptyReadonlyArray<AnyQuery> => [dailyCounts, ...ofFeatures, busiestHours, eventRate]

export class Queries extends Context.Tag("evenstar/Queries")<Queries, Arr.NonEmptyReadonlyArray<AnyQuery>>() {
  static readonly layer = (own: StackQueries, ofFeatures: ReadonlyArray<AnyQuery>) =>
    Layer.succeed(Queries, allQueries(own, ofFeatures))
}
