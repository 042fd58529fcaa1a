// The events of lists in every schema version ever written.
import { join } from "node:path"
import { describe, it } from "vitest"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { TodoId, TodoListEvent, todoList } from "../../../src/features/todo/TodoList.ts"
import { goldenFiles, roundTrip } from "../../../src/testing/goldenFiles.ts"

const { codec } = todoList
const todoId = TodoId.make("019ab0f4-7c00-7000-8000-0000000000a1")
const another = TodoId.make("019ab0f4-7c00-7000-8000-0000000000a2")
const todoListEvents: Record<string, TodoListEvent> = {
  "ListCreated.v1": { _tag: "ListCreated", visitorId: VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff") },
  "ListAccessChanged.v1": { _tag: "ListAccessChanged", access: "read-only" },
  "ListRenamed.v1": { _tag: "ListRenamed", title: "Groceries – “weekly” 🛒" },
  "ListPinned.v1": { _tag: "ListPinned", pinned: true },
  "ListDeleted.v1": { _tag: "ListDeleted", deletedAt: 1_795_887_000_000 },
  "ListRestored.v1": { _tag: "ListRestored" },
  "TodoDueChanged.v1": { _tag: "TodoDueChanged", todoId, dueAt: "2026-12-01T09:00:00.000Z" },
  "TodoNotesChanged.v1": { _tag: "TodoNotesChanged", todoId, notes: "At the market,\nnot the shop 🍞" },
  "TodoMoved.v1": { _tag: "TodoMoved", todoId, order: "V00001V" },
  "TodoAdded.v1": { _tag: "TodoAdded", todoId, text: "Buy milk – and “bread” 🍞" },
  "TodoRenamed.v1": { _tag: "TodoRenamed", todoId, text: "Buy oat milk" },
  "TodoCompleted.v1": { _tag: "TodoCompleted", todoIds: [todoId] },
  "TodoCompleted.v2": { _tag: "TodoCompleted", todoIds: [todoId, another] },
  "TodoReopened.v1": { _tag: "TodoReopened", todoIds: [todoId] },
  "TodoReopened.v2": { _tag: "TodoReopened", todoIds: [todoId, another] },
  "TodoDeleted.v1": { _tag: "TodoDeleted", todoIds: [todoId] },
  "TodoDeleted.v2": { _tag: "TodoDeleted", todoIds: [todoId, another] }
}

describe("golden files of TodoList", () => {
  const checks = goldenFiles(join(import.meta.dirname, "golden"), codec, todoListEvents)
  it.each(Object.entries(checks))("%s", (_, check) => check())
})

it("law: decoding an encoded event through JSON gives the same event", () => roundTrip(TodoListEvent, codec))
