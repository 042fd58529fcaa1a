// What a file of todos has: one record for each, with the line on which it begins, and the reasons
// for which lines are not taken.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { validationFailed } from "../../../http/server/Body.ts"
import { Due } from "../Due.ts"
import { type Todo, TodoNotes, TodoText } from "../TodoList.ts"

export const formats = ["markdown", "csv", "json"] as const
export type Format = (typeof formats)[number]

/** A todo of a file, without an id. */
export type FileTodo = Pick<Todo, "text" | "completed" | "dueAt" | "notes">

/** A todo as a file has it; `line` is 1 for the first one, in JSON the number of the element. */
export interface FileRecord {
  readonly line: number
  readonly fields: unknown
}

const Fields = Schema.Struct({
  text: TodoText,
  completed: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  dueAt: Schema.optionalWith(Due, { default: () => null }),
  notes: Schema.optionalWith(TodoNotes, { default: () => "" })
})
const decode = Schema.decodeUnknownEither(Fields, { onExcessProperty: "error" })

/** Lines that were not taken, from `line` to `to` inclusive, for the same reason. */
export const Rejected = Schema.Struct({
  line: Schema.Int,
  to: Schema.Int,
  code: Schema.String,
  detail: Schema.String
})
export type Rejected = typeof Rejected.Type

/** Neighbouring lines with the same reason are one entry. */
export const grouped = (all: ReadonlyArray<Rejected>): ReadonlyArray<Rejected> => {
  const groups: Array<Rejected> = []
  for (const next of all.toSorted((a, b) => a.line - b.line)) {
    const last = groups.at(-1)
    const isSame = last !== undefined && last.code === next.code && last.detail === next.detail
    if (isSame && next.line === last.to + 1) groups[groups.length - 1] = { ...last, to: next.to }
    else groups.push(next)
  }
  return groups
}

export interface Read {
  readonly todos: ReadonlyArray<{ readonly line: number; readonly todo: FileTodo }>
  readonly rejected: ReadonlyArray<Rejected>
}

/** Decodes records by the rules of todos. */
export const readRecords = (records: ReadonlyArray<FileRecord>): Read => {
  const todos: Array<Read["todos"][number]> = []
  const rejected: Array<Rejected> = []
  for (const { fields, line } of records) {
    const todo = decode(fields)
    if (Either.isRight(todo)) todos.push({ line, todo: todo.right })
    else rejected.push({ line, to: line, code: "VALIDATION_FAILED", detail: validationFailed(todo.left).message })
  }
  return { todos, rejected }
}
