// The TodoList aggregate: commands, events, and the pure functions decide and evolve.
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type Actor, owns } from "../../domain/Account.ts"
import * as Aggregate from "../../domain/Aggregate.ts"
import type { Upcaster } from "../../domain/EventCodec.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import * as Text from "../../domain/Text.ts"

export const maxTodos = 1000
export const maxTextLength = 500

/** 128 random bits in base64url; a secret, because knowing it grants access. */
export const ListId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{22}$/), Schema.brand("ListId"))
export type ListId = typeof ListId.Type

export const TodoId = Schema.UUID.pipe(Schema.brand("TodoId"))
export type TodoId = typeof TodoId.Type
export const isTodoId = Schema.is(TodoId)

export const TodoText = Text.readable(maxTextLength)

/** Access of visitors other than the owner. */
export const accesses = ["link", "read-only", "private"] as const
export const Access = Schema.Literal(...accesses)
export type Access = typeof Access.Type

const ListCreated = Schema.TaggedStruct("ListCreated", { visitorId: Schema.NullOr(VisitorId) })
const ListAccessChanged = Schema.TaggedStruct("ListAccessChanged", { access: Access })
const TodoAdded = Schema.TaggedStruct("TodoAdded", { todoId: TodoId, text: Schema.String })
const TodoRenamed = Schema.TaggedStruct("TodoRenamed", { todoId: TodoId, text: Schema.String })
/** A command on many todos appends one event. */
const todoIds = Schema.NonEmptyArray(TodoId)
const TodoCompleted = Schema.TaggedStruct("TodoCompleted", { todoIds })
const TodoReopened = Schema.TaggedStruct("TodoReopened", { todoIds })
const TodoDeleted = Schema.TaggedStruct("TodoDeleted", { todoIds })

export const TodoListEvent = Schema.Union(
  ListCreated,
  ListAccessChanged,
  TodoAdded,
  TodoRenamed,
  TodoCompleted,
  TodoReopened,
  TodoDeleted
)
export type TodoListEvent = typeof TodoListEvent.Type

/** Schema version 1 had a single todo. */
const ofMany: ReadonlyArray<Upcaster> = [({ todoId, ...others }) => ({ ...others, todoIds: [todoId] })]

const Todo = Schema.Struct({ todoId: TodoId, text: Schema.String, completed: Schema.Boolean })
export type Todo = typeof Todo.Type

/** The state, folded from the events. */
export const TodoList = Schema.Struct({
  exists: Schema.Boolean,
  owner: Schema.NullOr(VisitorId),
  access: Access,
  todos: Schema.Array(Todo)
})
export type TodoList = typeof TodoList.Type

const empty: TodoList = { exists: false, owner: null, access: "link", todos: [] }

export type Command =
  | { readonly _tag: "CreateList"; readonly owner: VisitorId | null }
  | { readonly _tag: "ChangeAccess"; readonly access: Access }
  | { readonly _tag: "AddTodo"; readonly todoId: TodoId; readonly text: string }
  | {
      readonly _tag: "EditTodo"
      readonly todoId: TodoId
      readonly text?: string | undefined
      readonly completed?: boolean | undefined
    }
  | { readonly _tag: "DeleteTodo"; readonly todoId: TodoId }
  | { readonly _tag: "ToggleAll"; readonly completed: boolean }
  | { readonly _tag: "ClearCompleted" }

export class ListNotFound extends Schema.TaggedError<ListNotFound>()("ListNotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is no such list"
  }
}
export class TodoNotFound extends Schema.TaggedError<TodoNotFound>()("TodoNotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is no such todo on this list"
  }
}
export class ListFull extends Schema.TaggedError<ListFull>()("ListFull", {}) {
  readonly kind = "conflict"
  readonly code = "LIST_FULL"
  override get message() {
    return `A list holds at most ${maxTodos} todos`
  }
}
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Only the owner of this list may do that"
  }
}

export type TodoListRefusal = ListNotFound | TodoNotFound | ListFull | AccessDenied

type OfMany = "TodoCompleted" | "TodoReopened" | "TodoDeleted"

/** One event for all given todos; none for an empty list. */
const ofTodos = (_tag: OfMany, todos: ReadonlyArray<Todo>): ReadonlyArray<TodoListEvent> =>
  Arr.match(todos, {
    onEmpty: () => [],
    onNonEmpty: (some) => [{ _tag, todoIds: Arr.map(some, ({ todoId }) => todoId) }]
  })

/** Changes only todos whose state differs. */
const completion = (todos: ReadonlyArray<Todo>, completed: boolean) =>
  ofTodos(
    completed ? "TodoCompleted" : "TodoReopened",
    todos.filter((todo) => todo.completed !== completed)
  )

/** Decides a command: events (none if nothing changes) or a refusal. */
const decide = (list: TodoList, command: Command): Either.Either<ReadonlyArray<TodoListEvent>, TodoListRefusal> => {
  if (command._tag === "CreateList") {
    return Either.right(list.exists ? [] : [{ _tag: "ListCreated", visitorId: command.owner }])
  }
  if (!list.exists) return Either.left(new ListNotFound())
  switch (command._tag) {
    case "ChangeAccess":
      return Either.right(list.access === command.access ? [] : [{ _tag: "ListAccessChanged", access: command.access }])
    case "AddTodo":
      if (list.todos.length >= maxTodos) return Either.left(new ListFull())
      return Either.right([{ _tag: "TodoAdded", todoId: command.todoId, text: command.text }])
    case "ToggleAll":
      return Either.right(completion(list.todos, command.completed))
    case "ClearCompleted":
      return Either.right(
        ofTodos(
          "TodoDeleted",
          list.todos.filter((todo) => todo.completed)
        )
      )
  }
  const todo = list.todos.find(({ todoId }) => todoId === command.todoId)
  if (todo === undefined) return Either.left(new TodoNotFound())
  if (command._tag === "DeleteTodo") return Either.right(ofTodos("TodoDeleted", [todo]))
  const { completed, text } = command
  const renamed: ReadonlyArray<TodoListEvent> =
    text === undefined || text === todo.text ? [] : [{ _tag: "TodoRenamed", todoId: todo.todoId, text }]
  return Either.right([...renamed, ...(completed === undefined ? [] : completion([todo], completed))])
}

const change = (list: TodoList, todoIds: ReadonlyArray<TodoId>, part: Partial<Todo>): TodoList => {
  const changed = new Set(todoIds)
  return { ...list, todos: list.todos.map((todo) => (changed.has(todo.todoId) ? { ...todo, ...part } : todo)) }
}

const without = (list: TodoList, todoIds: ReadonlyArray<TodoId>): TodoList => {
  const deleted = new Set(todoIds)
  return { ...list, todos: list.todos.filter(({ todoId }) => !deleted.has(todoId)) }
}

const evolve = (list: TodoList, event: TodoListEvent): TodoList => {
  switch (event._tag) {
    case "ListCreated":
      return { ...list, exists: true, owner: event.visitorId }
    case "ListAccessChanged":
      return { ...list, access: event.access }
    case "TodoAdded":
      return {
        ...list,
        todos: [...list.todos, { todoId: event.todoId, text: Text.toWellFormed(event.text), completed: false }]
      }
    case "TodoRenamed":
      return change(list, [event.todoId], { text: Text.toWellFormed(event.text) })
    case "TodoCompleted":
      return change(list, event.todoIds, { completed: true })
    case "TodoReopened":
      return change(list, event.todoIds, { completed: false })
    case "TodoDeleted":
      return without(list, event.todoIds)
  }
}

/** Without read access a list is reported as not found; without write access, as forbidden. */
const authorize = (
  list: TodoList,
  actor: Actor | null,
  intent: "read" | Command
): Either.Either<void, TodoListRefusal> => {
  if (!list.exists) return Either.left(new ListNotFound())
  if (owns(actor, list.owner)) return Either.void
  if (list.access === "private") return Either.left(new ListNotFound())
  if (intent === "read") return Either.void
  const isOwners = intent._tag === "ChangeAccess" || list.access === "read-only"
  return isOwners ? Either.left(new AccessDenied()) : Either.void
}

export const todoList = Aggregate.make({
  type: "TodoList",
  idName: "listId",
  id: ListId,
  events: TodoListEvent,
  /** Golden files have the events of each version (`test/features/todo/golden`). */
  upcasters: { TodoCompleted: ofMany, TodoReopened: ofMany, TodoDeleted: ofMany },
  initial: empty,
  decide,
  evolve,
  authorize,
  snapshot: { version: 2, schema: TodoList },
  weight: ({ todos }) => todos.length,
  made: (command: Command) => (command._tag === "AddTodo" ? { todoId: command.todoId } : {})
})
