// The feature as one value, for main.ts.
import * as Layer from "effect/Layer"
import * as Feature from "evenstar/http/Feature"
import { api, group } from "./api.ts"
import { counter as aggregate, Counters } from "./Counter.ts"
import { pages, startSection } from "./pages.tsx"

export const counter = Feature.make({
  name: "counter",
  things: "counters",
  aggregates: [aggregate],
  api: [group],
  start: startSection,
  routes: Layer.mergeAll(pages, api),
  services: Counters.layer
})
