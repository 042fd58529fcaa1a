// The TodoList aggregate: its state, its commands, and the pure functions decide and evolve.
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type Actor, owns } from "../../domain/Account.ts"
import * as Aggregate from "../../domain/Aggregate.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import * as Text from "../../domain/Text.ts"
import { Access, ListId, TodoId, TodoListEvent, upcasters } from "./TodoListEvents.ts"
import {
  AccessDenied,
  ListFull,
  ListGone,
  ListNotFound,
  maxNotes,
  maxTodos,
  NotesFull,
  restorableDays,
  type TodoListRefusal,
  TodoNotFound
} from "./TodoListRefusals.ts"
import { keyAfter, placing } from "./todoOrder.ts"

export { Access, accesses, isTodoId, ListId, TodoId, TodoListEvent } from "./TodoListEvents.ts"
export * from "./TodoListRefusals.ts"

export const maxTextLength = 500
export const maxTitleLength = 120
export const maxNotesLength = 5000

export const TodoText = Text.readable(maxTextLength)
export const ListTitle = Text.readable(maxTitleLength)
export const TodoNotes = Text.lines(maxNotesLength)

const Todo = Schema.Struct({
  todoId: TodoId,
  text: Schema.String,
  completed: Schema.Boolean,
  /** In UTC: `2026-12-01T09:00:00.000Z`. */
  dueAt: Schema.NullOr(Schema.String),
  notes: Schema.String,
  order: Schema.String
})
export type Todo = typeof Todo.Type

/** The state, folded from the events. */
export const TodoList = Schema.Struct({
  exists: Schema.Boolean,
  owner: Schema.NullOr(VisitorId),
  access: Access,
  /** Null until the list is named. */
  title: Schema.NullOr(Schema.String),
  /** On its owner's start page. */
  pinned: Schema.Boolean,
  /** Milliseconds since 1970; null unless the list is deleted. */
  deletedAt: Schema.NullOr(Schema.Number),
  /** The length of all notes, in UTF-16 units. */
  notesLength: Schema.Number,
  /** By their order keys. */
  todos: Schema.Array(Todo)
})
export type TodoList = typeof TodoList.Type

const empty: TodoList = {
  exists: false,
  owner: null,
  access: "link",
  title: null,
  pinned: false,
  deletedAt: null,
  notesLength: 0,
  todos: []
}

/** A todo that an import adds, behind the others. */
export type NewTodo = Omit<Todo, "order">

export type Command =
  | { readonly _tag: "CreateList"; readonly owner: VisitorId | null }
  | {
      readonly _tag: "EditList"
      readonly title?: string | undefined
      readonly access?: Access | undefined
      readonly pinned?: boolean | undefined
    }
  /** `at`: the time of the command, in milliseconds. */
  | { readonly _tag: "DeleteList"; readonly at: number }
  | { readonly _tag: "RestoreList"; readonly at: number }
  | { readonly _tag: "AddTodo"; readonly todoId: TodoId; readonly text: string }
  | {
      readonly _tag: "EditTodo"
      readonly todoId: TodoId
      readonly text?: string | undefined
      readonly completed?: boolean | undefined
      readonly dueAt?: string | null | undefined
      readonly notes?: string | undefined
    }
  /** In front of another todo; null: to the end. */
  | { readonly _tag: "MoveTodo"; readonly todoId: TodoId; readonly before: TodoId | null }
  | { readonly _tag: "ImportTodos"; readonly todos: ReadonlyArray<NewTodo> }
  | { readonly _tag: "DeleteTodo"; readonly todoId: TodoId }
  | { readonly _tag: "ToggleAll"; readonly completed: boolean }
  | { readonly _tag: "ClearCompleted" }

type OfMany = "TodoCompleted" | "TodoReopened" | "TodoDeleted"

/** One event for all given todos; none for an empty list. */
const ofTodos = (_tag: OfMany, todos: ReadonlyArray<Pick<Todo, "todoId">>): ReadonlyArray<TodoListEvent> =>
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

type Decided = Either.Either<ReadonlyArray<TodoListEvent>, TodoListRefusal>

const restorableFor = restorableDays * 86_400_000

const decideRestore = ({ deletedAt }: TodoList, at: number): Decided => {
  if (deletedAt === null) return Either.right([])
  return at - deletedAt > restorableFor ? Either.left(new ListGone()) : Either.right([{ _tag: "ListRestored" }])
}

/** An event for each field that changes, in the order of the fields' rules. */
const editList = (list: TodoList, { access, pinned, title }: Command & { readonly _tag: "EditList" }) => {
  const events: Array<TodoListEvent> = []
  if (title !== undefined && title !== list.title) events.push({ _tag: "ListRenamed", title })
  if (access !== undefined && access !== list.access) events.push({ _tag: "ListAccessChanged", access })
  if (pinned !== undefined && pinned !== list.pinned) events.push({ _tag: "ListPinned", pinned })
  return events
}

/** An event for each field that changes. */
const editTodo = (list: TodoList, todo: Todo, command: Command & { readonly _tag: "EditTodo" }): Decided => {
  const { completed, dueAt, notes, text } = command
  const { todoId } = todo
  const events: Array<TodoListEvent> = []
  if (text !== undefined && text !== todo.text) events.push({ _tag: "TodoRenamed", todoId, text })
  if (completed !== undefined) events.push(...completion([todo], completed))
  if (dueAt !== undefined && dueAt !== todo.dueAt) events.push({ _tag: "TodoDueChanged", todoId, dueAt })
  if (notes !== undefined && notes !== todo.notes) {
    const longer = notes.length - todo.notes.length
    if (longer > 0 && list.notesLength + longer > maxNotes) return Either.left(new NotesFull())
    events.push({ _tag: "TodoNotesChanged", todoId, notes })
  }
  return Either.right(events)
}

const moveTodo = ({ todos }: TodoList, { todoId }: Todo, before: TodoId | null): Decided => {
  if (before === todoId) return Either.right([])
  const others = todos.filter((it) => it.todoId !== todoId)
  const at = before === null ? others.length : others.findIndex((it) => it.todoId === before)
  if (at === -1) return Either.left(new TodoNotFound())
  if (todos[at]?.todoId === todoId) return Either.right([])
  return Either.right(placing(others, todoId, at).map((placed) => ({ _tag: "TodoMoved", ...placed })))
}

/** Adds all or none: who sends them has counted the room. */
const importTodos = (list: TodoList, todos: ReadonlyArray<NewTodo>): Decided => {
  if (list.todos.length + todos.length > maxTodos) return Either.left(new ListFull())
  const notes = todos.reduce((sum, todo) => sum + todo.notes.length, 0)
  if (notes > 0 && list.notesLength + notes > maxNotes) return Either.left(new NotesFull())
  const added = todos.flatMap(
    ({ dueAt, notes, text, todoId }): ReadonlyArray<TodoListEvent> => [
      { _tag: "TodoAdded", todoId, text },
      ...(dueAt === null ? [] : [{ _tag: "TodoDueChanged", todoId, dueAt } as const]),
      ...(notes === "" ? [] : [{ _tag: "TodoNotesChanged", todoId, notes } as const])
    ]
  )
  const done = todos.filter(({ completed }) => completed)
  return Either.right([...added, ...ofTodos("TodoCompleted", done)])
}

/** Decides a command: events (none if nothing changes) or a refusal. */
const decide = (list: TodoList, command: Command): Decided => {
  if (command._tag === "CreateList") {
    return Either.right(list.exists ? [] : [{ _tag: "ListCreated", visitorId: command.owner }])
  }
  if (!list.exists) return Either.left(new ListNotFound())
  if (command._tag === "RestoreList") return decideRestore(list, command.at)
  if (list.deletedAt !== null) return Either.left(new ListGone())
  switch (command._tag) {
    case "EditList":
      return Either.right(editList(list, command))
    case "DeleteList":
      return Either.right([{ _tag: "ListDeleted", deletedAt: command.at }])
    case "AddTodo":
      if (list.todos.length >= maxTodos) return Either.left(new ListFull())
      return Either.right([{ _tag: "TodoAdded", todoId: command.todoId, text: command.text }])
    case "ImportTodos":
      return importTodos(list, command.todos)
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
  switch (command._tag) {
    case "EditTodo":
      return editTodo(list, todo, command)
    case "MoveTodo":
      return moveTodo(list, todo, command.before)
    case "DeleteTodo":
      return Either.right(ofTodos("TodoDeleted", [todo]))
  }
}

const change = (list: TodoList, todoIds: ReadonlyArray<TodoId>, part: Partial<Todo>): TodoList => {
  const changed = new Set(todoIds)
  return { ...list, todos: list.todos.map((todo) => (changed.has(todo.todoId) ? { ...todo, ...part } : todo)) }
}

const without = (list: TodoList, todoIds: ReadonlyArray<TodoId>): TodoList => {
  const deleted = new Set(todoIds)
  return { ...list, todos: list.todos.filter(({ todoId }) => !deleted.has(todoId)) }
}

/** Counts the notes again, after an event that may have changed them. */
const counted = (list: TodoList): TodoList => ({
  ...list,
  notesLength: list.todos.reduce((sum, { notes }) => sum + notes.length, 0)
})

/** Behind the todos whose keys are not above the given one. */
const place = (list: TodoList, todoId: TodoId, order: string): TodoList => {
  const moved = list.todos.find((todo) => todo.todoId === todoId)
  if (moved === undefined) return list
  const others = list.todos.filter((todo) => todo !== moved)
  const behind = others.findIndex((todo) => todo.order > order)
  return { ...list, todos: others.toSpliced(behind === -1 ? others.length : behind, 0, { ...moved, order }) }
}

const evolve = (list: TodoList, event: TodoListEvent): TodoList => {
  switch (event._tag) {
    case "ListCreated":
      return { ...list, exists: true, owner: event.visitorId }
    case "ListAccessChanged":
      return { ...list, access: event.access }
    case "ListRenamed":
      return { ...list, title: event.title }
    case "ListPinned":
      return { ...list, pinned: event.pinned }
    case "ListDeleted":
      return { ...list, deletedAt: event.deletedAt }
    case "ListRestored":
      return { ...list, deletedAt: null }
    case "TodoAdded": {
      const { text, todoId } = event
      const order = keyAfter(list.todos.at(-1)?.order)
      const todo = { todoId, text: Text.toWellFormed(text), completed: false, dueAt: null, notes: "", order }
      return { ...list, todos: [...list.todos, todo] }
    }
    case "TodoRenamed":
      return change(list, [event.todoId], { text: Text.toWellFormed(event.text) })
    case "TodoDueChanged":
      return change(list, [event.todoId], { dueAt: event.dueAt })
    case "TodoNotesChanged":
      return counted(change(list, [event.todoId], { notes: event.notes }))
    case "TodoMoved":
      return place(list, event.todoId, event.order)
    case "TodoCompleted":
      return change(list, event.todoIds, { completed: true })
    case "TodoReopened":
      return change(list, event.todoIds, { completed: false })
    case "TodoDeleted":
      return list.notesLength === 0 ? without(list, event.todoIds) : counted(without(list, event.todoIds))
  }
}

const isOwners = (list: TodoList, command: Command) => {
  switch (command._tag) {
    case "DeleteList":
    case "RestoreList":
      return true
    case "EditList":
      return list.access === "read-only" || command.access !== undefined || command.pinned !== undefined
    default:
      return list.access === "read-only"
  }
}

/**
 * Without read access a list is reported as not found; without write access, as forbidden. A
 * deleted list is gone for its owner, who may restore it, and not found for anyone else.
 */
const authorize = (
  list: TodoList,
  actor: Actor | null,
  intent: "read" | Command
): Either.Either<void, TodoListRefusal> => {
  if (!list.exists) return Either.left(new ListNotFound())
  const isOwner = owns(actor, list.owner)
  if (list.deletedAt !== null) {
    if (!isOwner) return Either.left(new ListNotFound())
    return intent !== "read" && intent._tag === "RestoreList" ? Either.void : Either.left(new ListGone())
  }
  if (isOwner) return Either.void
  if (list.access === "private") return Either.left(new ListNotFound())
  if (intent === "read") return Either.void
  return isOwners(list, intent) ? Either.left(new AccessDenied()) : Either.void
}

/**
 * What a repetition of the command may have differently: new ids, the time; and of an import how
 * many todos the first one took.
 */
const made = (command: Command): Readonly<Record<string, string>> => {
  switch (command._tag) {
    case "AddTodo":
      return { todoId: command.todoId }
    case "DeleteList":
    case "RestoreList":
      return { at: String(command.at) }
    case "ImportTodos":
      return { added: String(command.todos.length) }
    default:
      return {}
  }
}

export const todoList = Aggregate.make({
  type: "TodoList",
  idName: "listId",
  id: ListId,
  events: TodoListEvent,
  upcasters,
  initial: empty,
  decide,
  evolve,
  authorize,
  snapshot: { version: 3, schema: TodoList },
  weight: (list) => list.todos.length + Math.ceil(list.notesLength / maxTextLength),
  made
})
