// Live polls: an example of a small feature.
import * as Layer from "effect/Layer"
import * as Feature from "../../http/Feature.ts"
import { dashboard, votesByDay } from "./analytics.tsx"
import { api, group } from "./api.ts"
import { Polls, poll } from "./Poll.ts"
import { pages, startSection } from "./pages.tsx"
import { VisitorPolls, visitorPolls } from "./VisitorPolls.ts"

export const polls = Feature.make({
  name: "polls",
  things: "polls",
  aggregates: [poll],
  projections: [visitorPolls],
  queries: [votesByDay],
  dashboard,
  api: [group],
  start: startSection,
  routes: Layer.mergeAll(pages, api),
  services: Layer.mergeAll(Polls.layer, VisitorPolls.layer)
})
