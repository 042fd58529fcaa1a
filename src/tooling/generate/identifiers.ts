// Identifiers of templates, and names that no generated identifier may have.
import { runInNewContext } from "node:vm"
import * as Schema from "effect/Schema"
import { asField, kindIn } from "./expand.ts"
import { type Field, reservedWords } from "./fields.ts"
import { camel, pascal, type Rename, type Words } from "./names.ts"
import type { TemplateFile } from "./templates.ts"

/** Identifiers of modules, without properties, comments, strings and text in JSX. */
export const namesIn = (files: ReadonlyArray<{ readonly path: string; readonly text: string }>): ReadonlySet<string> =>
  new Set(
    files
      .filter(({ path }) => /\.tsx?$/.test(path))
      .flatMap(({ text }) => [
        ...(text
          .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|"[^"\n]*"/gm, "")
          .replaceAll(/>[^<>{}]*</g, "><")
          .match(/(?<![.\w])[A-Za-z]\w*\b(?!:)/g) ?? [])
      ])
  )

const isPlaceholder = (name: string) => /sample/i.test(name)

/** `Array`, `Date` and so on: a module that declares one hides the global. */
const globals: ReadonlySet<string> = new Set(
  Schema.decodeUnknownSync(Schema.Array(Schema.String))([...runInNewContext("Object.getOwnPropertyNames(globalThis)")])
)

/** Why a name can't be declared beside these identifiers; undefined if it can. */
export const whyTaken = (name: Words, used: ReadonlySet<string>): string | undefined => {
  const whyOf = (spelled: string) => {
    if (reservedWords.has(spelled)) return `${spelled} is a reserved word`
    if (globals.has(spelled)) return `${spelled} is a global of JavaScript`
    return used.has(spelled) && !isPlaceholder(spelled)
      ? `${spelled} has another meaning in the generated code`
      : undefined
  }
  return whyOf(pascal(name)) ?? whyOf(camel(name))
}

/** An identifier that two different identifiers of the templates would become. */
export const collision = (
  files: ReadonlyArray<TemplateFile>,
  fields: ReadonlyArray<Field>,
  rename: Rename
): string | undefined => {
  const origins = new Map<string, string>()
  const namesFor = (name: string): ReadonlyArray<readonly [made: string, origin: string]> => {
    const kind = kindIn(name)
    if (kind === undefined) return [[rename(name), name]]
    return fields
      .filter((field) => field.kind === kind)
      .map((field) => [rename(asField(field)(name)), `${name} ${camel(field.name)}`])
  }
  for (const [made, origin] of [...namesIn(files)].flatMap(namesFor)) {
    if ((origins.get(made) ?? origin) !== origin) return made
    origins.set(made, origin)
  }
  return undefined
}
