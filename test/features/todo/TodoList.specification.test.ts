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
  maxNotes,
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
const edit = (
  todoId: TodoId,
  change: { text?: string; completed?: boolean; dueAt?: string | null; notes?: string }
): Command => ({
  _tag: "EditTodo",
  todoId,
  ...change
})
const drop = (todoId: TodoId): Command => ({ _tag: "DeleteTodo", todoId })
const toggle = (completed: boolean): Command => ({ _tag: "ToggleAll", completed })
const clear: Command = { _tag: "ClearCompleted" }
const rename = (title: string): Command => ({ _tag: "EditList", title })
const pin = (pinned: boolean): Command => ({ _tag: "EditList", pinned })
const move = (todoId: TodoId, before: TodoId | null): Command => ({ _tag: "MoveTodo", todoId, before })
const day = 86_400_000
const remove = (at = 0): Command => ({ _tag: "DeleteList", at })
const restore = (at: number): Command => ({ _tag: "RestoreList", at })
const open = (access: Access): Command => ({ _tag: "EditList", access })

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
  it("changes its title, its access and its place on the start page with one command", () => {
    const named: TodoListEvent = { _tag: "ListRenamed", title: "Groceries" }
    const pinned: TodoListEvent = { _tag: "ListPinned", pinned: true }
    list().when(rename("Groceries")).then([named])
    list(named).when(rename("Groceries")).then([])
    list().when(pin(true)).then([pinned])
    list(pinned).when(pin(true)).then([])
    list(pinned)
      .when({ _tag: "EditList", title: "Groceries", access: "private", pinned: false })
      .then([named, opened("private"), { _tag: "ListPinned", pinned: false }])
  })
  it("is deleted, and restored within 30 days", () => {
    const deletedList: TodoListEvent = { _tag: "ListDeleted", deletedAt: day }
    list().when(remove(day)).then([deletedList])
    list().when(restore(day)).then([])
    const gone = list(deletedList)
    for (const command of [remove(day), add(milk), toggle(true), rename("x")]) gone.when(command).then("ListGone")
    gone.when(create).then([])
    gone.when(restore(31 * day)).then([{ _tag: "ListRestored" }])
    gone.when(restore(31 * day + 1)).then("ListGone")
    list(deletedList, { _tag: "ListRestored" })
      .when(add(milk))
      .then([added(milk)])
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
  it("is due and has notes, each with an event of its own", () => {
    const at = "2026-12-01T09:00:00.000Z"
    const due = (dueAt: string | null): TodoListEvent => ({ _tag: "TodoDueChanged", todoId: milk, dueAt })
    const noted = (notes: string): TodoListEvent => ({ _tag: "TodoNotesChanged", todoId: milk, notes })
    const one = list(added(milk))
    one.when(edit(milk, { dueAt: at })).then([due(at)])
    one.when(edit(milk, { dueAt: null, notes: "" })).then([])
    one
      .when(edit(milk, { text: "Oat milk", completed: true, dueAt: at, notes: "a\nb" }))
      .then([renamed(milk, "Oat milk"), completed(milk), due(at), noted("a\nb")])
    list(added(milk), due(at), noted("a"))
      .when(edit(milk, { dueAt: null, notes: "" }))
      .then([due(null), noted("")])
  })
  it("takes no notes beyond the limit of its list, but shorter ones", () => {
    const long = "x".repeat(5000)
    const full = Arr.makeBy(
      100,
      (n): ReadonlyArray<TodoListEvent> => [added(idOf(n)), { _tag: "TodoNotesChanged", todoId: idOf(n), notes: long }]
    ).flat()
    const one = list(...full, added(idOf(100)))
    one.when(edit(idOf(100), { notes: "x" })).then("NotesFull")
    one.when(edit(idOf(0), { notes: "x" })).then([{ _tag: "TodoNotesChanged", todoId: idOf(0), notes: "x" }])
  })
  it("is moved with one event, unless it is there already", () => {
    const three = list(added(milk), added(bread), added(tea))
    const moved = (todoId: TodoId, order: string): TodoListEvent => ({ _tag: "TodoMoved", todoId, order })
    three.when(move(tea, milk)).then([moved(tea, "Uzzzzz")])
    three.when(move(tea, bread)).then([moved(tea, "V00000V")])
    three.when(move(milk, null)).then([moved(milk, "V00003")])
    for (const same of [move(milk, milk), move(milk, bread), move(tea, null)]) three.when(same).then([])
    three.when(move(milk, idOf(9))).then("TodoNotFound")
    three.when(move(idOf(9), milk)).then("TodoNotFound")
    list(added(milk), added(bread), moved(milk, "V00002"))
      .when(add(tea))
      .then([added(tea)])
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

describe("an import", () => {
  const file = (...todoIds: ReadonlyArray<TodoId>): Command => ({
    _tag: "ImportTodos",
    todos: todoIds.map((todoId) => ({ todoId, text: "Milk", completed: todoId !== bread, dueAt: null, notes: "" }))
  })
  it("adds all of its todos, and completes them with one event", () => {
    list()
      .when(file(milk, bread, tea))
      .then([added(milk), added(bread), added(tea), completed(milk, tea)])
    list().when(file()).then([])
    const dueAt = "2026-12-01T09:00:00.000Z"
    list()
      .when({ _tag: "ImportTodos", todos: [{ todoId: milk, text: "Milk", completed: false, dueAt, notes: "x" }] })
      .then([
        added(milk),
        { _tag: "TodoDueChanged", todoId: milk, dueAt },
        { _tag: "TodoNotesChanged", todoId: milk, notes: "x" }
      ])
  })
  it("is refused as a whole where there is no room for it", () => {
    list(...Arr.makeBy(maxTodos - 1, (n) => added(idOf(n + 10))))
      .when(file(milk, bread))
      .then("ListFull")
    const notes = "x".repeat(maxNotes)
    list({ _tag: "TodoAdded", todoId: tea, text: "Tea" }, { _tag: "TodoNotesChanged", todoId: tea, notes })
      .when({ _tag: "ImportTodos", todos: [{ todoId: milk, text: "Milk", completed: false, dueAt: null, notes: "x" }] })
      .then("NotesFull")
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

describe("authorization of the owner's commands", () => {
  const state = (...events: ReadonlyArray<TodoListEvent>) =>
    [created, ...events].reduce(todoList.evolve, todoList.initial)
  const says = (of: typeof todoList.initial, actor: typeof owner | null, intent: "read" | Command) =>
    Either.match(todoList.authorize(of, actor, intent), { onLeft: ({ _tag }) => _tag, onRight: () => "may" })
  it("lets others name a list that they may edit, but not pin, delete or restore it", () => {
    expect(says(state(), stranger, rename("x"))).toBe("may")
    for (const command of [pin(true), remove(), restore(0), { ...open("link"), title: "x" }]) {
      for (const other of [stranger, null]) expect(says(state(), other, command)).toBe("AccessDenied")
      expect(says(state(), owner, command)).toBe("may")
    }
  })
  it("says that a deleted list is gone to its owner alone, who may restore it", () => {
    for (const access of accesses) {
      const gone = state(opened(access), { _tag: "ListDeleted", deletedAt: 0 })
      for (const intent of ["read", add(milk), remove(), pin(true)] as const) {
        expect(says(gone, owner, intent)).toBe("ListGone")
        for (const other of [stranger, null]) expect(says(gone, other, intent)).toBe("ListNotFound")
      }
      expect(says(gone, owner, restore(0))).toBe("may")
      expect(says(gone, stranger, restore(0))).toBe("ListNotFound")
    }
  })
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
    todoId.map(drop),
    FastCheck.string().map(rename),
    FastCheck.boolean().map(pin),
    FastCheck.tuple(todoId, FastCheck.option(todoId)).map(([id, before]) => move(id, before)),
    FastCheck.tuple(
      todoId,
      FastCheck.option(FastCheck.constantFrom("2026-12-01T09:00:00.000Z")),
      FastCheck.string()
    ).map(([id, dueAt, notes]) => edit(id, { dueAt, notes })),
    FastCheck.nat().map(remove),
    FastCheck.nat().map(restore)
  )
  it.each(Object.entries(laws(todoList, command)))("%s", (_, law) => law())
})
