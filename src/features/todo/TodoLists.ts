// The aggregate store of todo lists.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as AggregateStore from "../../layers/aggregates/AggregateStore.ts"
import { type Command, type ListId, type TodoList, type TodoListRefusal, todoList } from "./TodoList.ts"

export class TodoLists extends Context.Tag("todo/TodoLists")<
  TodoLists,
  AggregateStore.AggregateStore<ListId, TodoList, Command, TodoListRefusal>
>() {
  static readonly layer = Layer.scoped(TodoLists, AggregateStore.make(todoList))
}
