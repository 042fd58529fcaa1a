// Repeats the parts of a template that are about one field, for each field that there is, and drops them where there is none.
// A part is a line that names an example field, with the lines that are indented below it and the one that closes it.
import type { Field, Kind } from "./fields.ts"
import { type Rename, renaming } from "./names.ts"

const exampleField = /sample[ _-]?(text|lines|integer|number|flag|day)/i

const isKind = (word: string | undefined): word is Kind =>
  word !== undefined && ["text", "lines", "integer", "number", "flag", "day"].includes(word)

/** Of the example field that a text names. */
export const kindIn = (text: string): Kind | undefined => {
  const kind = exampleField.exec(text)?.[1]?.toLowerCase()
  return isKind(kind) ? kind : undefined
}

/** The example field of a type becomes this field. */
export const asField = ({ kind, name }: Field): Rename => renaming([[["sample", kind], name]])

const indentOf = (line: string) => (line.trim() === "" ? Number.POSITIVE_INFINITY : line.search(/\S/))
const closes = (line: string) => /^\s*([)\]}]|<\/|\/?>)/.test(line)

/** Index of the first line that is no more of the part that begins there. */
const endOf = (lines: ReadonlyArray<string>, start: number) => {
  const indent = indentOf(lines[start] ?? "")
  const isInside = (line: string) => indentOf(line) > indent || (indentOf(line) === indent && closes(line))
  let end = start + 1
  while (end < lines.length && isInside(lines[end] ?? "")) end++
  // Blank lines between it and the next are not its own.
  while (end > start + 1 && (lines[end - 1] ?? "").trim() === "") end--
  return end
}

interface Part {
  readonly kind: Kind
  readonly text: string
}

/** Parts that follow one another: for each field, in order, those of its type. */
const repeat = (parts: ReadonlyArray<Part>, fields: ReadonlyArray<Field>): ReadonlyArray<string> => {
  const repeated = fields.flatMap((field) =>
    parts.filter(({ kind }) => kind === field.kind).map(({ text }) => asField(field)(text))
  )
  const isList = parts.length > 1 && parts.slice(0, -1).every(({ text }) => text.endsWith(","))
  if (!isList) return repeated
  const withComma = repeated.map((text) => text.replace(/,?$/, ","))
  const isOpen = parts.at(-1)?.text.endsWith(",") === true
  return withComma.map((text, index) => (isOpen || index < withComma.length - 1 ? text : text.slice(0, -1)))
}

export const expand = (template: string, fields: ReadonlyArray<Field>): string => {
  const lines = template.split("\n")
  const expanded: Array<string> = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ""
    const parts: Array<Part> = []
    const indent = indentOf(line)
    for (;;) {
      const kind = kindIn(lines[at] ?? "")
      if (kind === undefined || indentOf(lines[at] ?? "") !== indent) break
      const end = endOf(lines, at)
      parts.push({ kind, text: lines.slice(at, end).join("\n") })
      at = end
    }
    if (parts.length > 0) expanded.push(...repeat(parts, fields))
    else {
      expanded.push(line)
      at++
    }
  }
  return expanded.join("\n")
}
