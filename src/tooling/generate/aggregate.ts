// `generate aggregate NAME FIELD:TYPE…`: a feature with aggregate, page, API, read model and tests.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Failed } from "../Failed.ts"
import { asField, expand, kindIn } from "./expand.ts"
import { fileWith } from "./feature.ts"
import { type Field, fieldsOf, reservedWords } from "./fields.ts"
import { addFeature } from "./insert.ts"
import { camel, kebab, pascal, pluralOf, renaming, type Words, wordsOf } from "./names.ts"
import type { Place, Plan } from "./plan.ts"
import { type TemplateFile, templates, templatesOf } from "./templates.ts"

export interface AggregateArgs {
  readonly name: string
  readonly fields: ReadonlyArray<string>
  readonly plural: string | undefined
}

/**
 * Identifiers of the templates' code, which a generated name must not repeat: without placeholders,
 * properties, comments, strings and text in JSX.
 */
const namesIn = (files: ReadonlyArray<TemplateFile>): ReadonlySet<string> =>
  new Set(
    files
      .filter(({ path }) => /\.tsx?$/.test(path))
      .flatMap(({ text }) =>
        text
          .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|"[^"\n]*"/gm, "")
          .replaceAll(/>[^<>{}]*</g, "><")
          .match(/(?<![.\w])[A-Za-z]\w*\b(?!:)/g)
      )
      .flatMap((name) => (name === null || /sample/i.test(name) ? [] : [name]))
  )

export const nameOf = (text: string): Words => {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(text)) throw new Failed(`A name is like BlogPost, and not ${text}`)
  return wordsOf(text)
}

const pluralFor = (name: Words, given: string | undefined): Words => {
  if (given !== undefined) {
    const plural = nameOf(given)
    if (camel(plural) === camel(name)) throw new Failed(`The plural of ${pascal(name)} must be another word`)
    return plural
  }
  const plural = pluralOf(name)
  if (plural === undefined) throw new Failed(`${pascal(name)} has no regular plural: name it with --plural`)
  return plural
}

/** Fails if a name would clash with a reserved word or another identifier of the generated code. */
const checkNames = (name: Words, plural: Words, fields: ReadonlyArray<Field>, used: ReadonlySet<string>) => {
  for (const words of [name, plural]) {
    const found = [pascal(words), camel(words)].find((it) => reservedWords.has(it) || used.has(it))
    if (found === undefined) continue
    const why = reservedWords.has(found) ? "is a reserved word" : "has another meaning in the generated code"
    throw new Failed(`An aggregate can't be called ${pascal(name)}: ${found} ${why}`)
  }
  const own = [name, plural].flatMap((words) => [pascal(words), camel(words)])
  for (const { kind, name: words } of fields) {
    const spelled = [pascal(words), camel(words)]
    const isTaken = spelled.some((it) => own.includes(it)) || (kind === "lines" && spelled.some((it) => used.has(it)))
    if (isTaken)
      throw new Failed(`A field can't be called ${camel(words)} here: the generated code uses that name already`)
  }
}

/** First segments of the stack's own paths. */
const ownPaths = ["account", "admin", "analytics", "api", "events", "health", "metrics", "static"]

/** Fails if the application already has such a feature, aggregate or page. */
const checkNew = (root: string, name: Words, plural: Words) => {
  const folder = `src/features/${camel(plural)}`
  if (existsSync(join(root, folder))) throw new Failed(`There is a feature ${camel(plural)} already, in ${folder}`)
  if (ownPaths.includes(kebab(plural))) throw new Failed(`There is a page /${kebab(plural)} already, the stack's own`)
  const clashes = [
    [`type: "${pascal(name)}"`, `an aggregate ${pascal(name)}`],
    [`"/${kebab(plural)}"`, `a page /${kebab(plural)}`]
  ] as const
  for (const [text, what] of clashes) {
    const file = fileWith(root, text)
    if (file !== undefined) throw new Failed(`There is ${what} already, in ${file}`)
  }
}

/** A file about one list field is written once for each; other files have a part for each field. */
const filled = ({ path, text }: TemplateFile, fields: ReadonlyArray<Field>): ReadonlyArray<TemplateFile> => {
  const kind = kindIn(path)
  if (kind === undefined) return [{ path, text: expand(text, fields) }]
  return fields
    .filter((field) => field.kind === kind)
    .map((field) => ({ path: asField(field)(path), text: asField(field)(text) }))
}

export const aggregate = ({ engine, root }: Place, args: AggregateArgs): Plan => {
  const name = nameOf(args.name)
  const plural = pluralFor(name, args.plural)
  const fields = fieldsOf(args.fields)
  const all = templatesOf(templates(engine), "aggregate")
  checkNames(name, plural, fields, namesIn(all))
  checkNew(root, name, plural)
  const [title, ...others] = fields
  const rename = renaming([
    [["sample", "things"], plural],
    [["sample", "thing"], name],
    ...(title === undefined ? [] : [[["sample", "name"], title.name] as const])
  ])
  const files = all
    .flatMap((file) => filled(file, others))
    .map(({ path, text }) => ({ path: rename(path), text: rename(text) }))
  const [constant, module] = [camel(plural), `./features/${camel(plural)}/index.ts`]
  return {
    files,
    edits: [
      {
        path: "src/main.ts",
        change: (text) => addFeature(text, constant, module),
        lines: [`import { ${constant} } from "${module}"`, `and ${constant} among the features of application([…])`]
      }
    ]
  }
}
