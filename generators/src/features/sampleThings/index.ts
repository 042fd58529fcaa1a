// The feature as one value, for main.ts.
import * as Layer from "effect/Layer"
import * as Feature from "evenstar/http/Feature"
import { api, group } from "./api.ts"
import { pages } from "./pages.tsx"
import { SampleThings, sampleThing } from "./SampleThing.ts"
import { startSection } from "./startSection.tsx"
import { VisitorSampleThings, visitorSampleThings } from "./VisitorSampleThings.ts"

export const sampleThings = Feature.make({
  name: "sampleThings",
  things: "sample things",
  aggregates: [sampleThing],
  projections: [visitorSampleThings],
  queries: [],
  dashboard: { panels: [] },
  api: [group],
  start: [startSection],
  routes: Layer.mergeAll(pages, api),
  services: Layer.mergeAll(SampleThings.layer, VisitorSampleThings.layer)
})
