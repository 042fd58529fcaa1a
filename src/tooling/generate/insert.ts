// Edits the text of a feature's index.ts or of main.ts. Undefined if no place for the insertion is
// found: the user is then told to make the edit.

/** After the last import; the formatter sorts them. */
export const addImport = (text: string, line: string): string => {
  const imports = [...text.matchAll(/^import .*? from ".*"$|^import \{[^}]*\} from ".*"$/gm)]
  const last = imports.at(-1)
  const at = last === undefined ? 0 : last.index + last[0].length
  return last === undefined ? `${line}\n${text}` : `${text.slice(0, at)}\n${line}${text.slice(at)}`
}

const withComma = (items: string, item: string) => {
  const before = items.trim().replace(/,$/, "")
  return before === "" ? item : `${before}, ${item}`
}

/** Adds a property after the feature's `name`. */
const addProperty = (text: string, property: string): string | undefined =>
  /^ {2}name: ".*",$/m.test(text) ? text.replace(/^ {2}name: ".*",$/m, (line) => `${line}\n  ${property},`) : undefined

/** Adds to `NAME: [a, b]`, or adds that property. */
export const addToList = (text: string, name: string, item: string): string | undefined => {
  const list = new RegExp(`\\b${name}: \\[([^\\]]*)\\]`)
  if (list.test(text)) return text.replace(list, (_, items: string) => `${name}: [${withComma(items, item)}]`)
  return text.includes(`${name},`) || text.includes(`${name}:`) ? undefined : addProperty(text, `${name}: [${item}]`)
}

/** Adds to `NAME: CALL(a, b)`; `NAME: a` becomes a call. */
export const addToCall = (text: string, name: string, call: string, item: string): string | undefined => {
  const several = new RegExp(`\\b${name}: ${call.replace(".", "\\.")}\\(([^()]*)\\)`)
  if (several.test(text))
    return text.replace(several, (_, items: string) => `${name}: ${call}(${withComma(items, item)})`)
  const one = new RegExp(`\\b${name}: ([\\w.]+)(,?)$`, "m")
  if (one.test(text)) {
    return text.replace(one, (_, only: string, comma: string) => `${name}: ${call}(${only}, ${item})${comma}`)
  }
  return new RegExp(`\\b${name}\\b[:,]`).test(text) ? undefined : addProperty(text, `${name}: ${item}`)
}

/** Adds to the dashboard's panels. */
export const addPanel = (text: string, panel: string): string | undefined => {
  if (/\bpanels: \[/.test(text)) return addToList(text, "panels", panel)
  return /\bdashboard\b/.test(text.replace(/^import .*$/gm, ""))
    ? undefined
    : addProperty(text, `dashboard: { panels: [${panel}] }`)
}

/** Adds to the sections of the start page. */
export const addSection = (text: string, section: string): string | undefined =>
  addToList(text.replace(/\bstart: (\w+)(?=,?$)/m, "start: [$1]"), "start", section)

/** Adds to the features in main.ts. */
export const addFeature = (text: string, constant: string, module: string): string | undefined => {
  const list = /\bapplication\(\[([^\]]*)\]/
  if (!list.test(text)) return undefined
  const added = text.replace(list, (_, items: string) => `application([${withComma(items, constant)}]`)
  return addImport(added, `import { ${constant} } from "${module}"`)
}
