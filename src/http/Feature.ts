// What people build on the stack, as one value: `application([polls])` composes the stack and puts the features on top. Whatever
// a feature leaves out it doesn't have; what would clash with another feature's stops the start.
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Aggregate from "../domain/Aggregate.ts"
import type { AnyQuery } from "../domain/AnalyticsQuery.ts"
import type { AggregateKey, CommandId, NewEvent, Version, VisitorId } from "../domain/StoredEvent.ts"
import type { Accounts } from "../layers/accounts/Accounts.ts"
import type { AggregateChanges } from "../layers/aggregates/AggregateChanges.ts"
import type { Ownership } from "../layers/aggregates/Ownership.ts"
import type { Snapshots } from "../layers/aggregates/Snapshots.ts"
import type { AnalyticsCache } from "../layers/analytics/AnalyticsCache.ts"
import type { Assets } from "../layers/assets/Assets.ts"
import type { EventStore } from "../layers/eventStore/EventStore.ts"
import type { Ids } from "../layers/node/Ids.ts"
import type { Settings } from "../layers/node/Settings.ts"
import type { StartFailed } from "../layers/node/StartFailed.ts"
import type { AnyProjection, Projections } from "../layers/projections/Projections.ts"
import type { RateLimits } from "../layers/rateLimits/RateLimits.ts"
import type { SessionStore } from "../layers/sessions/SessionStore.ts"
import type { Sql } from "../layers/sqlite/Sql.ts"
import type { DecodeFailures } from "../layers/subscriptions/DecodeFailures.ts"
import type { Subscriptions } from "../layers/subscriptions/Subscriptions.ts"
import type { Visitor } from "./account/Visitor.ts"
import { type Subject, type SubjectReader, Subjects } from "./analytics/Subjects.ts"
import type { Fragments } from "./live/Fragments.ts"
import { type Section, StartPage } from "./live/StartPage.ts"
import { type Component, HealthChecks } from "./operator/Health.ts"
import { Metrics } from "./operator/Metrics.ts"
import { FastRouter } from "./server/FastRouter.ts"
import type { SseConnections } from "./sse/SseConnections.ts"
import type { DashboardPart } from "./views/analytics/panels.tsx"

/** What a feature may ask for: the stack's services. */
export type Stack =
  | Accounts
  | AggregateChanges
  | AnalyticsCache
  | Assets
  | DecodeFailures
  | EventStore
  | FastRouter
  | Fragments
  | HealthChecks
  | Ids
  | Metrics
  | Ownership
  | Projections
  | RateLimits
  | SessionStore
  | Settings
  | Snapshots
  | Sql
  | SseConnections
  | StartPage
  | Subjects
  | Subscriptions
  | Visitor

/** A log that a demonstration is to have: so many events in that time, in milliseconds since 1970; a seed repeats it. */
export interface DemoOptions {
  readonly from: number
  readonly until: number
  readonly seed: number
  readonly events: number
}

/** What one command of the demonstration made happen. */
export interface DemoAppend {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly aggregate: AggregateKey
  readonly expectedVersion: Version
  readonly commandId: CommandId
  readonly visitorId: VisitorId | null
  readonly events: Arr.NonEmptyReadonlyArray<NewEvent>
}

export interface Feature {
  readonly name: string
  readonly aggregates: ReadonlyArray<Aggregate.Any>
  readonly projections: ReadonlyArray<AnyProjection>
  readonly queries: ReadonlyArray<AnyQuery>
  /** What people make with it, in the plural: the account page says that they come along, the dashboard that it counts them. */
  readonly things: string | undefined
  /** Its part of the dashboard. */
  readonly dashboard: DashboardPart | undefined
  /** What the dashboard can be narrowed to. */
  readonly subject: Subject | undefined
  /** Its groups of the JSON API, for the description. */
  readonly api: ReadonlyArray<HttpApiGroup.HttpApiGroup.Any>
  /** In the order of time: exactly so many events. */
  readonly demo: ((options: DemoOptions) => Generator<DemoAppend, void>) | undefined
  readonly layer: Layer.Layer<never, StartFailed, Stack>
}

/** The application's features, for the operator's commands. */
export class Features extends Context.Tag("evenstar/Features")<Features, ReadonlyArray<Feature>>() {}

type Start<Services> = Effect.Effect<Section, never, Services | Stack>

interface Options<Services> extends Partial<Omit<Feature, "layer" | "subject">> {
  readonly name: string
  /** What its parts share: stores of its aggregates, read models. */
  readonly services: Layer.Layer<Services, StartFailed, Stack>
  /** Its part of the start page. */
  readonly start?: Start<Services> | ReadonlyArray<Start<Services>>
  /** Health checks by their names, each answered within a second or so. */
  readonly checks?: Effect.Effect<Readonly<Record<string, Effect.Effect<Component>>>, never, Services | Stack>
  /** Metrics for Prometheus, as `metric` of Metrics.ts writes them. */
  readonly metrics?: Effect.Effect<Effect.Effect<ReadonlyArray<string>>, never, Services | Stack>
  readonly subject?: Subject & { readonly reader: Effect.Effect<SubjectReader, never, Services | Stack> }
  /** Pages, APIs and streams. */
  readonly routes?: Layer.Layer<never, StartFailed, Services | Stack>
}

export const make = <Services>(feature: Options<Services>): Feature => {
  const { checks, metrics, routes = Layer.empty, services, start, subject, ...options } = feature
  const parts = Layer.effectDiscard(
    Effect.gen(function* () {
      const [page, health, all] = [yield* StartPage, yield* HealthChecks, yield* Metrics]
      for (const section of [start ?? []].flat()) page.add(options.name, yield* section)
      if (subject !== undefined) (yield* Subjects).add(subject, yield* subject.reader)
      if (metrics !== undefined) all.add(yield* metrics)
      if (checks === undefined) return
      for (const [name, check] of Object.entries(yield* checks)) health.add(name, check)
    })
  )
  return {
    aggregates: [],
    projections: [],
    queries: [],
    dashboard: undefined,
    subject,
    api: [],
    demo: undefined,
    things: undefined,
    ...options,
    layer: Layer.merge(routes, parts).pipe(
      Layer.provide(services),
      Layer.provide(
        Layer.effect(
          FastRouter,
          Effect.map(FastRouter, (router) => ({ ...router, ...router.ownedBy(`the feature ${options.name}`) }))
        )
      )
    )
  }
}
