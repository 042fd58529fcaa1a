// Live todo lists: the feature that demonstrates the stack.

import * as Layer from "effect/Layer"
import * as Feature from "../../http/Feature.ts"
import { dashboard } from "./analytics/dashboard.tsx"
import { listSubject } from "./analytics/listSubject.ts"
import { activeLists, completionFunnel, timeToComplete } from "./analytics/queries.ts"
import { api, group } from "./api.ts"
import { demo } from "./demo/activity.ts"
import { pages } from "./pages.tsx"
import { startSection } from "./startSection.tsx"
import { todoList } from "./TodoList.ts"
import { TodoLists } from "./TodoLists.ts"
import { VisitorLists, visitorLists } from "./VisitorLists.ts"

export const todo = Feature.make({
  name: "todo",
  things: "lists",
  aggregates: [todoList],
  projections: [visitorLists],
  queries: [completionFunnel, timeToComplete, activeLists],
  dashboard,
  subject: listSubject,
  api: [group],
  demo,
  start: startSection,
  routes: Layer.mergeAll(pages, api),
  services: Layer.mergeAll(TodoLists.layer, VisitorLists.layer)
})
