// Repeats the parts of a template that name an example field, for each field of that type; without
// such fields the parts are dropped. A part is a line that names an example field, the lines
// indented below it, and the line that closes it.
import { type Field, type Kind, kinds } from "./fields.ts"
import { type Rename, renaming } from "./names.ts"

const exampleField = new RegExp(`sample[ _-]?(${kinds.join("|")})`, "i")

/** The type of the example field that a text names. */
export const kindIn = (text: string): Kind | undefined => {
  const word = exampleField.exec(text)?.[1]?.toLowerCase()
  return kinds.find((kind) => kind === word)
}

/** Replaces the example field of this type by the field. */
export const asField = ({ kind, name }: Field): Rename => renaming([[["sample", kind], name]])

const indentOf = (line: string) => (line.trim() === "" ? Number.POSITIVE_INFINITY : line.search(/\S/))
const closes = (line: string) => /^\s*([)\]}]|<\/|\/?>)/.test(line)

/** The index after a part's last line. */
const endOf = (lines: ReadonlyArray<string>, start: number) => {
  const indent = indentOf(lines[start] ?? "")
  const isInside = (line: string) => indentOf(line) > indent || (indentOf(line) === indent && closes(line))
  let end = start + 1
  while (end < lines.length && isInside(lines[end] ?? "")) end++
  // Trailing blank lines separate it from the next part.
  while (end > start + 1 && (lines[end - 1] ?? "").trim() === "") end--
  return end
}

interface Part {
  readonly kind: Kind
  readonly text: string
}

/** Repeats adjacent parts: for each field, in order, the parts of its type. */
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
