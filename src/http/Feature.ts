// A feature as one value; `application([polls])` composes the stack with the given features. All
// parts are optional; a clash with another feature stops the start.
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
import type { Presence } from "../layers/presence/Presence.ts"
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

/** The stack's services, which a feature's Layers may require. */
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
  | Presence
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

/** Parameters of a generated log: period in milliseconds since 1970, seed, and number of events. */
export interface DemoOptions {
  readonly from: number
  readonly until: number
  readonly seed: number
  readonly events: number
}

/** The events that one generated command appends. */
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
  /** Plural noun for what users create with the feature, for the account page and the dashboard. */
  readonly things: string | undefined
  /** The feature's panels of the dashboard. */
  readonly dashboard: DashboardPart | undefined
  /** An aggregate that the dashboard can be filtered by. */
  readonly subject: Subject | undefined
  /** The feature's groups of the JSON API, for the OpenAPI description. */
  readonly api: ReadonlyArray<HttpApiGroup.HttpApiGroup.Any>
  /** Generates exactly `events` events, ordered by time. */
  readonly demo: ((options: DemoOptions) => Generator<DemoAppend, void>) | undefined
  readonly layer: Layer.Layer<never, StartFailed, Stack>
}

/** The application's features, for the command line. */
export class Features extends Context.Tag("evenstar/Features")<Features, ReadonlyArray<Feature>>() {}

type Start<Services> = Effect.Effect<Section, never, Services | Stack>

interface Options<Services> extends Partial<Omit<Feature, "layer" | "subject">> {
  readonly name: string
  /** Services that the feature's parts share: aggregate stores, read models. */
  readonly services: Layer.Layer<Services, StartFailed, Stack>
  /** The feature's section of the start page. */
  readonly start?: Start<Services> | ReadonlyArray<Start<Services>>
  /** Health checks by name; each must complete within about 1 s. */
  readonly checks?: Effect.Effect<Readonly<Record<string, Effect.Effect<Component>>>, never, Services | Stack>
  /** Prometheus metrics, written with `metric` of Metrics.ts. */
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
