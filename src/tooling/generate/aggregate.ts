// `generate aggregate NAME FIELD:TYPE…`: a feature with aggregate, page, API, read model and tests.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Failed } from "../Failed.ts"
import { asField, expand, kindIn } from "./expand.ts"
import { fileWith } from "./feature.ts"
import { type Field, fieldsOf } from "./fields.ts"
import { collision, namesIn, whyTaken } from "./identifiers.ts"
import { addFeature } from "./insert.ts"
import { camel, kebab, pascal, pluralOf, renaming, type Words, wordsOf } from "./names.ts"
import type { Place, Plan } from "./plan.ts"
import { type TemplateFile, templates, templatesOf } from "./templates.ts"

export interface AggregateArgs {
  readonly name: string
  readonly fields: ReadonlyArray<string>
  readonly plural: string | undefined
}

/** Of a name: files and identifiers are a few times as long. */
const maxLength = 50

export const nameOf = (text: string): Words => {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(text)) throw new Failed(`A name is like BlogPost, and not ${text}`)
  if (text.length > maxLength) throw new Failed(`A name has at most ${maxLength} characters: ${text} is too long`)
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

/** Path segments and HTML ids of the generated page. */
const ofPage = ["change", "close", "connection"]

/** Fails if a name would clash with a reserved word or another identifier of the generated code. */
const checkNames = (name: Words, plural: Words, fields: ReadonlyArray<Field>, known: ReadonlyArray<TemplateFile>) => {
  // The templates of parts import the aggregate: its name must suit them too.
  const everywhere = namesIn(known)
  const used = namesIn(templatesOf(known, "aggregate"))
  for (const words of [name, plural]) {
    const why = whyTaken(words, everywhere)
    if (why !== undefined) throw new Failed(`An aggregate can't be called ${pascal(name)}: ${why}`)
  }
  const own = [name, plural].flatMap((words) => [pascal(words), camel(words)])
  for (const { kind, name: words } of fields) {
    const isTaken =
      [pascal(words), camel(words)].some((it) => own.includes(it)) ||
      (kind === "lines" && (whyTaken(words, used) !== undefined || ofPage.includes(camel(words))))
    if (isTaken)
      throw new Failed(`A field can't be called ${camel(words)} here: the generated code uses that name already`)
  }
}

/** First segments of the stack's own paths. */
export const ownPaths = ["account", "admin", "analytics", "api", "events", "health", "live", "metrics", "static"]

/** Fails if the application already has such a feature, aggregate, page, API or projection. */
const checkNew = (root: string, name: Words, plural: Words) => {
  const folder = `src/features/${camel(plural)}`
  if (existsSync(join(root, folder))) throw new Failed(`There is a feature ${camel(plural)} already, in ${folder}`)
  if (ownPaths.includes(kebab(plural))) throw new Failed(`There is a page /${kebab(plural)} already, the stack's own`)
  const main = join(root, "src/main.ts")
  if (existsSync(main) && namesIn([{ path: main, text: readFileSync(main, "utf8") }]).has(camel(plural))) {
    throw new Failed(`src/main.ts already uses the name ${camel(plural)}`)
  }
  const clashes = [
    [`type: "${pascal(name)}"`, `an aggregate ${pascal(name)}`],
    [`"/${kebab(plural)}"`, `a page /${kebab(plural)}`],
    [`/api/${kebab(plural)}["\`/]`, `an API at /api/${kebab(plural)}`],
    [`HttpApiGroup\\.make\\(\\s*"${camel(plural)}"`, `an API ${camel(plural)}`],
    [`Feature\\.make\\(\\{\\s*name: "${camel(plural)}"`, `a feature ${camel(plural)}`],
    [`name: "visitor-${kebab(plural)}"`, `a projection visitor-${kebab(plural)}`]
  ] as const
  for (const [text, what] of clashes) {
    const file = fileWith(root, new RegExp(text))
    if (file !== undefined) throw new Failed(`There is ${what} already, in ${file}`)
  }
}

/** The first text is the title; without one a field is added. */
const titled = (fields: ReadonlyArray<Field>, names: ReadonlyArray<Words>) => {
  const title = fields.find(({ kind }) => kind === "text")
  if (title !== undefined) return { title, others: fields.filter((field) => field !== title), notes: [] }
  const taken = [...fields.map((field) => field.name), ...names].map(camel)
  const name = ["title", "name", "label"].find((it) => !taken.includes(it))
  if (name === undefined) throw new Failed("A field of type text is needed, as the title of the page")
  const added: Field = { name: [name], kind: "text" }
  return { title: added, others: fields, notes: [`No field is a text: ${name}:text is added, the title of the page`] }
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
  const { notes, others, title } = titled(fieldsOf(args.fields), [name, plural])
  const known = templates(engine)
  const all = templatesOf(known, "aggregate")
  checkNames(name, plural, [title, ...others], known)
  checkNew(root, name, plural)
  const rename = renaming([
    [["sample", "things"], plural],
    [["sample", "thing"], name],
    [["sample", "name"], title.name]
  ])
  const twice = collision(all, others, rename)
  if (twice !== undefined) throw new Failed(`These names don't go together: two things would be called ${twice}`)
  const files = all
    .flatMap((file) => filled(file, others))
    .map(({ path, text }) => ({ path: rename(path), text: rename(text) }))
  const [constant, module] = [camel(plural), `./features/${camel(plural)}/index.ts`]
  return {
    files,
    notes,
    edits: [
      {
        path: "src/main.ts",
        change: (text) => addFeature(text, constant, module),
        lines: [`import { ${constant} } from "${module}"`, `and ${constant} among the features of application([…])`]
      }
    ]
  }
}
