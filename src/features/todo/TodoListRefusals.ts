// What a list refuses, and its limits.
import * as Schema from "effect/Schema"

export const maxTodos = 1000
/** Notes of one list altogether, in UTF-16 units: as much as the texts of all its todos. */
export const maxNotes = 500_000
/** Days in which a deleted list can be restored. */
export const restorableDays = 30

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
export class NotesFull extends Schema.TaggedError<NotesFull>()("NotesFull", {}) {
  readonly kind = "conflict"
  readonly code = "NOTES_FULL"
  override get message() {
    return `The notes of a list have at most ${maxNotes} characters altogether`
  }
}
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Only the owner of this list may do that"
  }
}
/** Told to the owner alone; to anyone else a deleted list is not found. */
export class ListGone extends Schema.TaggedError<ListGone>()("ListGone", {}) {
  readonly kind = "gone"
  override get message() {
    return `This list was deleted; its owner can restore it within ${restorableDays} days`
  }
}

export type TodoListRefusal = ListNotFound | TodoNotFound | ListFull | NotesFull | AccessDenied | ListGone
