// Export of a list's todos to a file, and import from one.
import * as Either from "effect/Either"
import { ValidationFailed } from "../../../http/server/Errors.ts"
import { ListFull, maxNotes, maxTodos, type TodoList } from "../TodoList.ts"
import { readCsv, writeCsv } from "./csv.ts"
import { readMarkdown, writeMarkdown } from "./markdown.ts"
import {
  type FileRecord,
  type FileTodo,
  type Format,
  grouped,
  type Read,
  type Rejected,
  readRecords
} from "./records.ts"

const media: Record<Format, { readonly type: string; readonly extension: string }> = {
  markdown: { type: "text/markdown; charset=utf-8", extension: "md" },
  csv: { type: "text/csv; charset=utf-8; header=present", extension: "csv" },
  json: { type: "application/json", extension: "json" }
}

/** The headers of a file that a browser saves. */
export const fileHeaders = (format: Format) => ({
  "content-type": media[format].type,
  "content-disposition": `attachment; filename="todos.${media[format].extension}"`
})

export const write = (format: Format, { title, todos }: Pick<TodoList, "title" | "todos">): string => {
  const plain: ReadonlyArray<FileTodo> = todos.map(({ completed, dueAt, notes, text }) => ({
    text,
    completed,
    dueAt,
    notes
  }))
  if (format === "markdown") return writeMarkdown(title, plain)
  return format === "csv" ? writeCsv(plain) : `${JSON.stringify({ title, todos: plain }, null, 2)}\n`
}

const notJson = new ValidationFailed({
  message: "content: Expected JSON: a list of todos, or an object that has one as todos"
})

/** An array of todos or texts, or what `write` gives. */
const readJson = (content: string): Either.Either<ReadonlyArray<FileRecord>, ValidationFailed> =>
  Either.flatMap(Either.try({ try: (): unknown => JSON.parse(content), catch: () => notJson }), (value) => {
    const todos = typeof value === "object" && value !== null && "todos" in value ? value.todos : value
    if (!Array.isArray(todos)) return Either.left(notJson)
    return Either.right(
      todos.map((fields: unknown, index) => ({
        line: index + 1,
        fields: typeof fields === "string" ? { text: fields } : fields
      }))
    )
  })

export const read = (format: Format, content: string): Either.Either<Read, ValidationFailed> => {
  const records =
    format === "json" ? readJson(content) : Either.right(format === "csv" ? readCsv(content) : readMarkdown(content))
  return Either.map(records, readRecords)
}

/** The number of todos, from the first one on, for which a list has room. */
export const roomFor = (list: TodoList, todos: Read["todos"]): number => {
  let notes = list.notesLength
  let count = 0
  while (count < todos.length && list.todos.length + count < maxTodos) {
    notes += todos[count]?.todo.notes.length ?? 0
    if (notes > maxNotes) break
    count++
  }
  return count
}

/**
 * The lines of a file that a list did not take: those that are no todos, and those beyond the first
 * `added` todos. The same for a repeated request, whatever the list has by then.
 */
export const rejectedOf = ({ rejected, todos }: Read, added: number): ReadonlyArray<Rejected> => {
  const { code } = new ListFull()
  const detail = `${new ListFull().message}, and ${maxNotes} characters of notes`
  const beyond = todos.slice(added).map(({ line }) => ({ line, to: line, code, detail }))
  return grouped([...rejected, ...beyond])
}
