// Todos as a Markdown checklist: `- [x] text (due 2026-12-01T09:00:00.000Z)`, with the notes
// indented below. Escapes are those of CommonMark, so other programs show the same text.
import type { FileRecord, FileTodo } from "./records.ts"

const escaped = (text: string) =>
  text
    .replace(/[\\<&]|\((?=due )/g, "\\$&")
    .replaceAll("\r", "&#13;")
    .replaceAll("\n", "<br>")

const plain = (text: string) =>
  text.replace(/\\([!-/:-@[-`{-~])|<br>|&#13;/g, (all, character?: string) =>
    all === "<br>" ? "\n" : (character ?? "\r")
  )

export const writeMarkdown = (title: string | null, todos: ReadonlyArray<FileTodo>): string => {
  const lines = todos.flatMap(({ completed, dueAt, notes, text }) => [
    `- [${completed ? "x" : " "}] ${escaped(text)}${dueAt === null ? "" : ` (due ${dueAt})`}`,
    ...(notes === "" ? [] : notes.split("\n").map((line) => `  ${line}`))
  ])
  return [...(title === null ? [] : [`# ${title.replace(/\s+/g, " ")}`, ""]), ...lines, ""].join("\n")
}

const item = /^(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\](?:\s+|$))?/
const due = /^(.*) \(due ([^()\s]+)\)$/s

/** Any line that is neither blank, a heading nor indented is a todo, with or without a checkbox. */
export const readMarkdown = (content: string): ReadonlyArray<FileRecord> => {
  const records: Array<{ line: number; fields: Partial<FileTodo>; notes: Array<string> }> = []
  for (const [index, text] of content.split(/\r\n|\r|\n/).entries()) {
    const last = records.at(-1)
    if (/^\s*$/.test(text) || /^(?: {2}|\t)/.test(text)) last?.notes.push(text.replace(/^(?: {2}|\t)/, ""))
    else if (!/^#{1,6}\s/.test(text)) {
      const [marker = "", check] = item.exec(text) ?? []
      const [, rest, dueAt] = due.exec(text.slice(marker.length)) ?? [undefined, text.slice(marker.length), undefined]
      const fields = { text: plain(rest ?? ""), completed: check !== undefined && check !== " " }
      records.push({ line: index + 1, fields: dueAt === undefined ? fields : { ...fields, dueAt }, notes: [] })
    }
  }
  return records.map(({ fields, line, notes }) => ({ line, fields: { ...fields, notes: notes.join("\n") } }))
}
