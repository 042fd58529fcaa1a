import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import {
  type Command,
  maxTodos,
  TodoId,
  type TodoList,
  TodoText,
  todoList
} from "../../../src/features/todo/TodoList.ts"

const { authorize } = todoList
const { decide } = todoList
const empty = todoList.initial
const { evolve } = todoList

const owner = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const stranger = VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const ids = Array.from({ length: 6 }, (_, i) => TodoId.make(`00000000-0000-7000-8000-00000000000${i}`))
const fresh = { dueAt: null, notes: "", order: "" }
const created: TodoList = { ...empty, exists: true, owner }

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ _tag: fc.constant("AddTodo" as const), todoId: fc.constantFrom(...ids), text: fc.string() }),
  fc.record(
    {
      _tag: fc.constant("EditTodo" as const),
      todoId: fc.constantFrom(...ids),
      text: fc.string(),
      completed: fc.boolean()
    },
    { requiredKeys: ["_tag", "todoId"] }
  ),
  fc.record({ _tag: fc.constant("DeleteTodo" as const), todoId: fc.constantFrom(...ids) }),
  fc.record({ _tag: fc.constant("ToggleAll" as const), completed: fc.boolean() }),
  fc.record({ _tag: fc.constant("ClearCompleted" as const) }),
  fc.record({ _tag: fc.constant("EditList" as const), access: fc.constantFrom("link", "read-only", "private") })
)
const unique = (commands: ReadonlyArray<Command>) => {
  const added = new Set<string>()
  return commands.filter((it) => it._tag !== "AddTodo" || (!added.has(it.todoId) && added.add(it.todoId)))
}
const run = (list: TodoList, it: Command) => Either.getOrElse(decide(list, it), () => []).reduce(evolve, list)

describe("decide and evolve", () => {
  it("law: repeating a command changes nothing", () => {
    fc.assert(
      fc.property(fc.array(command), command, (commands, last) => {
        fc.pre(last._tag !== "AddTodo")
        const once = run(unique(commands).reduce(run, created), last)
        expect(Either.getOrElse(decide(once, last), () => [])).toEqual([])
      })
    )
  })

  it("law: ids stay unique; toggling and clearing leave the state they name", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const list = unique(commands).reduce(run, created)
        expect(new Set(list.todos.map((it) => it.todoId)).size).toBe(list.todos.length)
        const done = run(list, { _tag: "ToggleAll", completed: true })
        expect(done.todos.every((it) => it.completed)).toBe(true)
        expect(run(done, { _tag: "ClearCompleted" }).todos).toEqual([])
        expect(run(list, { _tag: "ClearCompleted" }).todos).toEqual(list.todos.filter((it) => !it.completed))
      })
    )
  })

  it("emits one event per toggle or clear, for any number of todos", () => {
    const todos = Array.from({ length: maxTodos }, (_, i) => ({
      todoId: TodoId.make(`00000000-0000-7000-8000-${String(i).padStart(12, "0")}`),
      text: "x",
      completed: i === 0,
      ...fresh
    }))
    const full = { ...created, todos }
    const todoIds = todos.map(({ todoId }) => todoId)
    const toggle: Command = { _tag: "ToggleAll", completed: true }
    expect(decide(full, toggle)).toEqual(Either.right([{ _tag: "TodoCompleted", todoIds: todoIds.slice(1) }]))
    const done = run(full, toggle)
    expect(decide(done, { _tag: "ClearCompleted" })).toEqual(Either.right([{ _tag: "TodoDeleted", todoIds }]))
    const reopened = decide(done, { ...toggle, completed: false })
    expect(reopened).toEqual(Either.right([{ _tag: "TodoReopened", todoIds }]))
  })

  it("refuses commands on missing todos and the 1,001st todo", () => {
    const add: Command = { _tag: "AddTodo", todoId: TodoId.make("00000000-0000-7000-8000-00000000000a"), text: "x" }
    expect(Either.getLeft(decide(empty, add))).toMatchObject({ value: { _tag: "ListNotFound" } })
    const missing = decide(created, { _tag: "DeleteTodo", todoId: add.todoId })
    expect(Either.getLeft(missing)).toMatchObject({ value: { _tag: "TodoNotFound" } })
    const todo = { todoId: add.todoId, text: "x", completed: false, ...fresh }
    const full = { ...created, todos: Array.from({ length: maxTodos }, () => todo) }
    expect(Either.getLeft(decide(full, add))).toMatchObject({ value: { _tag: "ListFull" } })
  })
})

describe("authorize", () => {
  const [todoId = expect.fail()] = ids
  const intents: Record<"read" | "write" | "own", ReadonlyArray<"read" | Command>> = {
    read: ["read"],
    write: [
      { _tag: "AddTodo", todoId, text: "x" },
      { _tag: "EditTodo", todoId, text: "x" },
      { _tag: "DeleteTodo", todoId },
      { _tag: "ToggleAll", completed: true },
      { _tag: "ClearCompleted" }
    ],
    own: [{ _tag: "EditList", access: "link" }]
  }
  it.each([
    ["link", "read", undefined, undefined],
    ["link", "write", undefined, undefined],
    ["link", "own", "AccessDenied", undefined],
    ["read-only", "read", undefined, undefined],
    ["read-only", "write", "AccessDenied", undefined],
    ["private", "read", "ListNotFound", undefined],
    ["private", "write", "ListNotFound", undefined],
    ["private", "own", "ListNotFound", undefined]
  ] as const)("a %s list, to %s it: %s for strangers", (access, intent, forStranger, forOwner) => {
    const list = { ...created, access }
    // A user who signed in on the owner's device and now asks from another one.
    const elsewhere = { visitorId: stranger, visitorIds: [stranger, owner] }
    for (const asked of intents[intent]) {
      const tag = (visitor: VisitorId | null) =>
        Either.match(authorize(list, visitor === null ? null : anonymousActor(visitor), asked), {
          onLeft: (it) => it._tag,
          onRight: () => undefined
        })
      expect([tag(stranger), tag(null), tag(owner)]).toEqual([forStranger, forStranger, forOwner])
      expect(Either.isRight(authorize(list, elsewhere, asked))).toBe(true)
    }
  })
})

describe("TodoText", () => {
  const decode = Schema.decodeUnknownEither(TodoText)
  it.each([
    ["  milk  ", "milk"],
    ["x".repeat(500), "x".repeat(500)]
  ])("accepts %s", (input, text) => expect(decode(input)).toEqual(Either.right(text)))
  it.each(["", "   ", "x".repeat(501), 7, null])("refuses %s", (input) =>
    expect(Either.isLeft(decode(input))).toBe(true)
  )
})
