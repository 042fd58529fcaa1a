// The events of a list, with the ids and values that they carry. Stored text is plain
// (`Schema.String`): a rule that gets stricter must leave the log readable.
import * as Schema from "effect/Schema"
import type { Upcaster } from "../../domain/EventCodec.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { OrderKey } from "./todoOrder.ts"

/** 128 random bits in base64url; a secret, because knowing it grants access. */
export const ListId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{22}$/), Schema.brand("ListId"))
export type ListId = typeof ListId.Type

export const TodoId = Schema.UUID.pipe(Schema.brand("TodoId"))
export type TodoId = typeof TodoId.Type
export const isTodoId = Schema.is(TodoId)

/** Access of visitors other than the owner. */
export const accesses = ["link", "read-only", "private"] as const
export const Access = Schema.Literal(...accesses)
export type Access = typeof Access.Type

/** Milliseconds since 1970. */
const Time = Schema.NonNegativeInt

const ListCreated = Schema.TaggedStruct("ListCreated", { visitorId: Schema.NullOr(VisitorId) })
const ListAccessChanged = Schema.TaggedStruct("ListAccessChanged", { access: Access })
const ListRenamed = Schema.TaggedStruct("ListRenamed", { title: Schema.String })
/** By its owner, on the owner's start page. */
const ListPinned = Schema.TaggedStruct("ListPinned", { pinned: Schema.Boolean })
const ListDeleted = Schema.TaggedStruct("ListDeleted", { deletedAt: Time })
const ListRestored = Schema.TaggedStruct("ListRestored", {})
const TodoAdded = Schema.TaggedStruct("TodoAdded", { todoId: TodoId, text: Schema.String })
const TodoRenamed = Schema.TaggedStruct("TodoRenamed", { todoId: TodoId, text: Schema.String })
/** `dueAt` is in UTC: `2026-12-01T09:00:00.000Z`. */
const TodoDueChanged = Schema.TaggedStruct("TodoDueChanged", { todoId: TodoId, dueAt: Schema.NullOr(Schema.String) })
const TodoNotesChanged = Schema.TaggedStruct("TodoNotesChanged", { todoId: TodoId, notes: Schema.String })
/** Todos are in the order of their keys; one that never moved has the key of its addition. */
const TodoMoved = Schema.TaggedStruct("TodoMoved", { todoId: TodoId, order: OrderKey })
/** A command on many todos appends one event. */
const todoIds = Schema.NonEmptyArray(TodoId)
const TodoCompleted = Schema.TaggedStruct("TodoCompleted", { todoIds })
const TodoReopened = Schema.TaggedStruct("TodoReopened", { todoIds })
const TodoDeleted = Schema.TaggedStruct("TodoDeleted", { todoIds })

export const TodoListEvent = Schema.Union(
  ListCreated,
  ListAccessChanged,
  ListRenamed,
  ListPinned,
  ListDeleted,
  ListRestored,
  TodoAdded,
  TodoRenamed,
  TodoDueChanged,
  TodoNotesChanged,
  TodoMoved,
  TodoCompleted,
  TodoReopened,
  TodoDeleted
)
export type TodoListEvent = typeof TodoListEvent.Type

/** Schema version 1 had a single todo. */
const ofMany: ReadonlyArray<Upcaster> = [({ todoId, ...others }) => ({ ...others, todoIds: [todoId] })]

/** Golden files have the events of each version (`test/features/todo/golden`). */
export const upcasters = { TodoCompleted: ofMany, TodoReopened: ofMany, TodoDeleted: ofMany }
