// The product's features, for tests of their sum.
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Predicate from "effect/Predicate"
import type { Feature } from "../../src/http/Feature.ts"
import { apiOf } from "../../src/http/server/ApiContract.ts"
import { allQueries } from "../../src/layers/analytics/Queries.ts"
import { stackQueries } from "../../src/layers/analytics/stackQueries.ts"

const directory = join(import.meta.dirname, "../../src/features")
const isFeature = (exported: unknown): exported is Feature =>
  Predicate.hasProperty(exported, "aggregates") && Predicate.hasProperty(exported, "layer")
const modules: ReadonlyArray<Readonly<Record<string, unknown>>> = await Promise.all(
  readdirSync(directory).map((name) => import(join(directory, name, "index.ts")))
)

export const features = modules.flatMap((module) => Object.values(module).filter(isFeature))

export const queriesOf = (some: ReadonlyArray<Feature>) =>
  allQueries(
    stackQueries(some.flatMap(({ subject }) => subject?.param ?? [])),
    some.flatMap(({ queries }) => queries)
  )

export const apiWith = (...some: ReadonlyArray<Feature>) =>
  apiOf(
    some.flatMap(({ api }) => api),
    queriesOf(some)
  )
