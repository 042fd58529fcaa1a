// Adds a part to the text of a feature's index.ts, or a feature to main.ts. Undefined where the text has no place for it:
// whoever runs the generator is told then.

/** The formatter sorts the imports. */
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

/** After the `name` of the feature. */
const addProperty = (text: string, property: string): string | undefined =>
  /^ {2}name: ".*",$/m.test(text) ? text.replace(/^ {2}name: ".*",$/m, (line) => `${line}\n  ${property},`) : undefined

/** To `NAME: [a, b]`, which is made where there is none. */
export const addToList = (text: string, name: string, item: string): string | undefined => {
  const list = new RegExp(`\\b${name}: \\[([^\\]]*)\\]`)
  if (list.test(text)) return text.replace(list, (_, items: string) => `${name}: [${withComma(items, item)}]`)
  return text.includes(`${name},`) || text.includes(`${name}:`) ? undefined : addProperty(text, `${name}: [${item}]`)
}

/** To `NAME: CALL(a, b)` or `NAME: a`, which becomes one. */
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

/** To the dashboard's panels. */
export const addPanel = (text: string, panel: string): string | undefined => {
  if (/\bpanels: \[/.test(text)) return addToList(text, "panels", panel)
  return /\bdashboard\b/.test(text.replace(/^import .*$/gm, ""))
    ? undefined
    : addProperty(text, `dashboard: { panels: [${panel}] }`)
}

/** To the sections of the start page. */
export const addSection = (text: string, section: string): string | undefined =>
  addToList(text.replace(/\bstart: (\w+)(?=,?$)/m, "start: [$1]"), "start", section)

/** To the features that main.ts runs. */
export const addFeature = (text: string, constant: string, module: string): string | undefined => {
  const list = /\bapplication\(\[([^\]]*)\]/
  if (!list.test(text)) return undefined
  const added = text.replace(list, (_, items: string) => `application([${withComma(items, constant)}]`)
  return addImport(added, `import { ${constant} } from "${module}"`)
}
