// All queries that may be asked: the stack's own, and those that features declare. Each has its route, its cache and its place in
// the API's description from here.
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { AnyQuery } from "../../domain/AnalyticsQuery.ts"
import type { StackQueries } from "./stackQueries.ts"

export class Queries extends Context.Tag("evenstar/Queries")<Queries, Arr.NonEmptyReadonlyArray<AnyQuery>>() {
  static readonly layer = (
    { busiestHours, dailyCounts, eventRate }: StackQueries,
    ofFeatures: ReadonlyArray<AnyQuery>
  ) => Layer.succeed(Queries, [dailyCounts, ...ofFeatures, busiestHours, eventRate])
}
