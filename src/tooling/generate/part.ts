// `generate projection|query|route|layer FEATURE NAME`: a part of a feature, its view and its test.
import { Failed } from "../Failed.ts"
import { nameOf } from "./aggregate.ts"
import { type FoundFeature, featureAt, fileWith } from "./feature.ts"
import { reservedWords } from "./fields.ts"
import { addImport, addPanel, addSection, addToCall, addToList } from "./insert.ts"
import { camel, kebab, pascal, renaming, snake, type Words, wordsOf } from "./names.ts"
import type { Edit, Place, Plan } from "./plan.ts"
import { type PartKind, parts, type TemplateFile, templates, templatesOf } from "./templates.ts"

export interface PartArgs {
  readonly kind: PartKind
  readonly feature: string
  readonly name: string
  /** The event type that a query counts; by default the aggregate's first one. */
  readonly event?: string | undefined
}

type Change = (text: string) => string | undefined

/** Applies changes in order; undefined if one finds no place. */
const inOrder =
  (...changes: ReadonlyArray<Change>): Change =>
  (text) =>
    changes.reduce<string | undefined>((before, change) => (before === undefined ? undefined : change(before)), text)

const importing =
  (line: string): Change =>
  (text) =>
    addImport(text, line)

/** The edit that adds the part to the feature's index.ts. */
const editOf = (kind: PartKind, name: Words, { index }: FoundFeature): Edit => {
  const [tag, constant] = [pascal(name), camel(name)]
  const service = (text: string) => addToCall(text, "services", "Layer.mergeAll", `${tag}.layer`)
  const section = (text: string) => addSection(text, `${constant}Section`)
  const edit = (imported: string, lines: ReadonlyArray<string>, ...changes: ReadonlyArray<Change>): Edit => ({
    path: index.path,
    change: inOrder(importing(imported), ...changes),
    lines: [imported, ...lines.map((line) => `and in Feature.make: ${line}`)]
  })
  switch (kind) {
    case "projection":
      return edit(
        `import { ${tag}, ${constant}, ${constant}Section } from "./${tag}.tsx"`,
        [`projections: [${constant}], start: ${constant}Section, services: ${tag}.layer`],
        (text) => addToList(text, "projections", constant),
        section,
        service
      )
    case "query":
      return edit(
        `import { ${constant}, ${constant}Panel } from "./${constant}.tsx"`,
        [`queries: [${constant}], dashboard: { panels: [${constant}Panel] }`],
        (text) => addToList(text, "queries", constant),
        (text) => addPanel(text, `${constant}Panel`)
      )
    case "route":
      return edit(`import { ${constant} } from "./${constant}.tsx"`, [`routes: ${constant}`], (text) =>
        addToCall(text, "routes", "Layer.mergeAll", constant)
      )
    case "layer":
      return edit(
        `import { ${tag}, ${constant}Section } from "./${tag}.tsx"`,
        [`start: ${constant}Section, services: ${tag}.layer`],
        section,
        service
      )
  }
}

/** Identifiers of a module. */
const namesIn = ({ text }: TemplateFile) =>
  new Set(text.replaceAll(/\/\/.*$|"[^"\n]*"/gm, "").match(/(?<![.\w])[A-Za-z]\w*/g))

const checkNew = (
  root: string,
  name: Words,
  files: ReadonlyArray<TemplateFile>,
  { aggregate, index }: FoundFeature
) => {
  const spelled = [pascal(name), camel(name)]
  const own = new Set([...files.flatMap((file) => [...namesIn(file)]), aggregate.constant, aggregate.event])
  const found = spelled.find((it) => reservedWords.has(it) || own.has(it))
  if (found !== undefined)
    throw new Failed(`It can't be called ${pascal(name)}: ${found} has another meaning in its code`)
  if (spelled.some((it) => new RegExp(`\\b${it}\\b`).test(index.text))) {
    throw new Failed(`${index.path} already uses the name ${pascal(name)}`)
  }
  for (const text of [`name: "${kebab(name)}"`, `name: "${snake(name)}"`]) {
    const file = fileWith(root, text)
    if (file !== undefined) throw new Failed(`There is a projection or query ${kebab(name)} already, in ${file}`)
  }
}

/** Replaces the template's aggregate by the feature's. */
const ofFeature = ({ aggregate, folder, name }: FoundFeature, part: readonly [Words, Words], event: string) => {
  const singular = wordsOf(aggregate.constant)
  const rename = renaming([part, [["sample", "things"], name], [["sample", "thing"], singular]])
  const module = (text: string) => text.replace(/(?<=[/"])SampleThing\.ts(?=")/g, aggregate.module)
  return (text: string) =>
    rename(
      module(text)
        .replace(
          /eventTypes: \[[^\]]*\]/g,
          `eventTypes: [${aggregate.eventTypes.map((type) => `"${type}"`).join(", ")}]`
        )
        .replaceAll("SampleThingCreated", event)
        .replaceAll("SampleThingEvent", aggregate.event)
        // Folder and constant keep their spelling, which `rename` would derive from their words.
        .replaceAll("features/sampleThings/", `features/${folder}/`)
        .replaceAll(/\bsampleThing\b/g, aggregate.constant)
    )
}

export const part = ({ engine, root }: Place, args: PartArgs): Plan => {
  const feature = featureAt(root, args.feature)
  const name = nameOf(args.name)
  const { eventTypes } = feature.aggregate
  const event = args.event ?? eventTypes[0] ?? ""
  if (!eventTypes.includes(event)) {
    throw new Failed(`${feature.folder} has no event ${event}; its events are ${eventTypes.join(", ")}`)
  }
  const files = templatesOf(templates(engine), args.kind)
  checkNew(root, name, files, feature)
  const rename = ofFeature(feature, [parts[args.kind], name], event)
  return {
    files: files.map(({ path, text }) => ({ path: rename(path), text: rename(text) })),
    edits: [editOf(args.kind, name, feature)]
  }
}
