// Todos as CSV (RFC 4180) with a header: text, completed, due, notes. A cell that a spreadsheet
// would run as a formula begins with an apostrophe, which reading removes.
import type { FileRecord, FileTodo } from "./records.ts"

const columns = ["text", "completed", "due", "notes"] as const

const cell = (text: string) => {
  const safe = /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const writeCsv = (todos: ReadonlyArray<FileTodo>): string =>
  [
    columns.join(","),
    ...todos.map(({ completed, dueAt, notes, text }) =>
      [text, String(completed), dueAt ?? "", notes].map(cell).join(",")
    ),
    ""
  ].join("\r\n")

interface Row {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** Rows with the line on which each begins. A file is never refused: quotes are read as found. */
const rowsOf = (content: string): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  let line = 1
  let begun = 1
  let cells: Array<string> = []
  const parts = /"((?:[^"]|"")*)"?([^,\r\n]*)|([^,\r\n]*)/y
  let at = 0
  while (at < content.length) {
    parts.lastIndex = at
    const [all = "", quoted, rest = "", bare = ""] = parts.exec(content) ?? []
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"') + rest)
    line += all.match(/\r\n|\r|\n/g)?.length ?? 0
    at += all.length
    if (content[at] === ",") {
      at++
      if (at < content.length) continue
      cells.push("")
    }
    at += content.startsWith("\r\n", at) ? 2 : 1
    line++
    rows.push({ line: begun, cells })
    begun = line
    cells = []
  }
  return rows
}

const flags = new Map([
  ["", false],
  ["false", false],
  ["0", false],
  ["no", false],
  ["true", true],
  ["1", true],
  ["yes", true],
  ["x", true]
])

/** Without a header the columns are those that are written. */
export const readCsv = (content: string): ReadonlyArray<FileRecord> => {
  const rows = rowsOf(content.replace(/^\ufeff/, ""))
  const names = rows[0]?.cells.map((name) => name.trim().toLowerCase()) ?? []
  const hasHeader = names.includes("text")
  const at = (name: (typeof columns)[number]) => (hasHeader ? names.indexOf(name) : columns.indexOf(name))
  return rows.slice(hasHeader ? 1 : 0).flatMap(({ cells, line }) => {
    if (cells.every((text) => text === "")) return []
    const of = (name: (typeof columns)[number]) => (cells[at(name)] ?? "").replace(/^'(?='*[=+\-@\t\r])/, "")
    const [completed, due] = [of("completed").trim(), of("due").trim()]
    const isDone = flags.get(completed.toLowerCase()) ?? completed
    return [
      { line, fields: { text: of("text"), completed: isDone, dueAt: due === "" ? null : due, notes: of("notes") } }
    ]
  })
}
