// The queries of a stack with the todo feature.
import { todo } from "../../../../src/features/todo/index.ts"
import { todoList } from "../../../../src/features/todo/TodoList.ts"
import { allQueries, Queries } from "../../../../src/layers/analytics/Queries.ts"
import { stackQueries } from "../../../../src/layers/analytics/stackQueries.ts"

export {
  activeLists,
  completionFunnel,
  stages,
  timeToComplete
} from "../../../../src/features/todo/analytics/queries.ts"

export const ownQueries = stackQueries([todoList.idName])
export const { busiestHours, dailyCounts, eventRate } = ownQueries

export const queries = allQueries(ownQueries, todo.queries)
export const queriesLayer = Queries.layer(ownQueries, todo.queries)
