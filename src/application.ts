// Combines the stack's Layers with features. The stack's modules load lazily, so operator commands
// start without them.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Feature } from "./http/Feature.ts"
import { stackQueries } from "./layers/analytics/stackQueries.ts"
import { defaultSiteName, SiteName } from "./layers/node/SiteName.ts"
import { StartFailed } from "./layers/node/StartFailed.ts"

export interface Application {
  readonly features: ReadonlyArray<Feature>
  /** Serves until its scope closes. */
  readonly layer: Layer.Layer<never, unknown>
}

/** Names claimed by two features, or by a feature and the stack. `own`: the stack's names. */
const clashes = (
  features: ReadonlyArray<Feature>,
  kind: string,
  namesOf: (feature: Feature) => ReadonlyArray<string>,
  own: ReadonlyArray<string> = []
) => {
  const owners = new Map<string, string>()
  return features.flatMap((feature) =>
    namesOf(feature).flatMap((name) => {
      const other = owners.get(name)
      owners.set(name, feature.name)
      if (own.includes(name)) {
        return [`The stack and the feature ${feature.name} have the same ${kind}: ${name}. Rename the feature's`]
      }
      if (other === undefined) return []
      if (other === feature.name) {
        return [`The feature ${name} is given twice to application([…]): leave one out, or rename it`]
      }
      return [`The features ${other} and ${feature.name} have the same ${kind}: ${name}. Rename one`]
    })
  )
}

const ownQueries = Object.values(stackQueries([])).map(({ name }) => name)

const check = (features: ReadonlyArray<Feature>) => {
  const found = [
    ...clashes(features, "name", ({ name }) => [name]),
    ...clashes(features, "aggregate type", ({ aggregates }) => aggregates.map(({ type }) => type)),
    ...clashes(features, "projection", ({ projections }) => projections.map(({ name }) => name)),
    ...clashes(features, "query", ({ queries }) => queries.map(({ name }) => name), ownQueries),
    ...clashes(features, "query parameter", ({ subject }) => (subject === undefined ? [] : [subject.param]), [
      "from",
      "to"
    ])
  ]
  const [first] = found
  return first === undefined ? Effect.void : new StartFailed({ message: first })
}

export interface Options {
  /** What the site is called, on its pages and where a browser asks for a passkey. */
  readonly name?: string
}

export const application = (
  features: ReadonlyArray<Feature>,
  { name = defaultSiteName }: Options = {}
): Application => ({
  features,
  layer: Layer.unwrapEffect(
    Effect.zipRight(
      check(features),
      Effect.map(
        Effect.promise(() => import("./stack.ts")),
        ({ stack }) => Layer.discard(Layer.provide(stack(features), Layer.succeed(SiteName, name)))
      )
    )
  )
})
