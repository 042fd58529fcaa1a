// The decider of lists as given-when-then specifications, and the laws of all aggregates.
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import { anonymousActor } from "../../../src/domain/Account.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import {
  type Access,
  accesses,
  type Command,
  maxTodos,
  TodoId,
  type TodoListEvent,
  todoList
} from "../../../src/features/todo/TodoList.ts"
import { laws } from "../../../src/testing/laws.ts"
import { given } from "../../../src/testing/specification.ts"

const owner = anonymousActor(VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
const stranger = anonymousActor(VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
const idOf = (n: number) => TodoId.make(`00000000-0000-7000-8000-${String(n).padStart(12, "0")}`)
const [milk, bread, tea] = [idOf(1), idOf(2), idOf(3)]

const created: TodoListEvent = { _tag: "ListCreated", visitorId: owner.visitorId }
const added = (todoId: TodoId, text = "Milk"): TodoListEvent => ({ _tag: "TodoAdded", todoId, text })
const completed = (...todoIds: Arr.NonEmptyReadonlyArray<TodoId>): TodoListEvent => ({ _tag: "TodoCompleted", todoIds })
const reopened = (...todoIds: Arr.NonEmptyReadonlyArray<TodoId>): TodoListEvent => ({ _tag: "TodoReopened", todoIds })
const deleted = (...todoIds: Arr.NonEmptyReadonlyArray<TodoId>): TodoListEvent => ({ _tag: "TodoDeleted", todoIds })
const renamed = (todoId: TodoId, text: string): TodoListEvent => ({ _tag: "TodoRenamed", todoId, text })
const opened = (access: Access): TodoListEvent => ({ _tag: "ListAccessChanged", access })

const create: Command = { _tag: "CreateList", owner: owner.visitorId }
const add = (todoId: TodoId, text = "Milk"): Command => ({ _tag: "AddTodo", todoId, text })
const edit = (todoId: TodoId, change: { text?: string; completed?: boolean }): Command => ({
  _tag: "EditTodo",
  todoId,
  ...change
})
const drop = (todoId: TodoId): Command => ({ _tag: "DeleteTodo", todoId })
const toggle = (completed: boolean): Command => ({ _tag: "ToggleAll", completed })
const clear: Command = { _tag: "ClearCompleted" }
const open = (access: Access): Command => ({ _tag: "ChangeAccess", access })

/** A list and its later events. */
const list = (...events: ReadonlyArray<TodoListEvent>) => given(todoList, [created, ...events])

describe("TodoList", () => {
  it("is created once", () => {
    given(todoList, []).when(create).then([created])
    list().when(create).then([])
  })
  it("refuses commands before it is created", () => {
    for (const command of [add(milk), edit(milk, {}), drop(milk), toggle(true), clear, open("private")]) {
      given(todoList, []).when(command).then("ListNotFound")
    }
  })
  it("changes its access, unless it already has it", () => {
    list()
      .when(open("private"))
      .then([opened("private")])
    list(opened("private")).when(open("private")).then([])
    list(opened("private"))
      .when(open("link"))
      .then([opened("link")])
  })
  it("accepts todos up to its limit", () => {
    list()
      .when(add(milk))
      .then([added(milk)])
    const all = Arr.makeBy(maxTodos, (n) => added(idOf(n)))
    list(...all)
      .when(add(idOf(maxTodos)))
      .then("ListFull")
    list(...all, deleted(milk))
      .when(add(idOf(maxTodos)))
      .then([added(idOf(maxTodos))])
  })
})

describe("a todo", () => {
  it("is renamed, completed and reopened, unless nothing would change", () => {
    const one = list(added(milk))
    one.when(edit(milk, { text: "Oat milk" })).then([renamed(milk, "Oat milk")])
    one.when(edit(milk, { text: "Milk", completed: false })).then([])
    one.when(edit(milk, { completed: true })).then([completed(milk)])
    one.when(edit(milk, { text: "Oat milk", completed: true })).then([renamed(milk, "Oat milk"), completed(milk)])
    list(added(milk), completed(milk))
      .when(edit(milk, { completed: true }))
      .then([])
    list(added(milk), completed(milk))
      .when(edit(milk, { completed: false }))
      .then([reopened(milk)])
  })
  it("is deleted once", () => {
    list(added(milk))
      .when(drop(milk))
      .then([deleted(milk)])
    list(added(milk), deleted(milk)).when(drop(milk)).then("TodoNotFound")
  })
  it("that is not on the list cannot be changed", () => {
    list(added(milk))
      .when(edit(bread, { completed: true }))
      .then("TodoNotFound")
    list().when(drop(bread)).then("TodoNotFound")
  })
})

describe("all todos", () => {
  const three = list(added(milk), added(bread), added(tea), completed(bread))
  it("are completed and reopened with one event for those that change", () => {
    three.when(toggle(true)).then([completed(milk, tea)])
    three.when(toggle(false)).then([reopened(bread)])
    list(added(milk), completed(milk)).when(toggle(true)).then([])
    list().when(toggle(true)).then([])
  })
  it("that are completed are cleared with one event", () => {
    three.when(clear).then([deleted(bread)])
    list(added(milk)).when(clear).then([])
  })
})

describe("authorization", () => {
  const may = (access: Access, actor: typeof owner | null, intent: "read" | Command) => {
    const state = [created, opened(access)].reduce(todoList.evolve, todoList.initial)
    return Either.match(todoList.authorize(state, actor, intent), { onLeft: ({ _tag }) => _tag, onRight: () => "may" })
  }
  it.each([
    ["link", "may", "may", "AccessDenied"],
    ["read-only", "may", "AccessDenied", "AccessDenied"],
    ["private", "ListNotFound", "ListNotFound", "ListNotFound"]
  ] as const)(
    "a list for %s: others read it (%s), change it (%s), change its access (%s)",
    (access, read, change, owns) => {
      for (const other of [stranger, null]) {
        expect([may(access, other, "read"), may(access, other, add(milk)), may(access, other, open("link"))]).toEqual([
          read,
          change,
          owns
        ])
      }
      for (const intent of ["read", add(milk), open("link")] as const) expect(may(access, owner, intent)).toBe("may")
    }
  )
})

describe("laws of lists", () => {
  const todoId = FastCheck.constantFrom(milk, bread, tea)
  const command: FastCheck.Arbitrary<Command> = FastCheck.oneof(
    FastCheck.constant(create),
    FastCheck.constant(clear),
    FastCheck.boolean().map(toggle),
    FastCheck.constantFrom(...accesses).map(open),
    FastCheck.tuple(todoId, FastCheck.string()).map(([id, text]) => add(id, text)),
    FastCheck.tuple(todoId, FastCheck.string(), FastCheck.boolean()).map(([id, text, completed]) =>
      edit(id, { text, completed })
    ),
    todoId.map(drop)
  )
  it.each(Object.entries(laws(todoList, command)))("%s", (_, law) => law())
})
