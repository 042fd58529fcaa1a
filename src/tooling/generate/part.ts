// `generate projection|query|route|layer FEATURE NAME`: a part of a feature, its view and its test.
import { Failed } from "../Failed.ts"
import { nameOf } from "./aggregate.ts"
import { type FoundFeature, featureAt, fileWith } from "./feature.ts"
import { namesIn, whyTaken } from "./identifiers.ts"
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

/** Names of the stack's queries. */
export const ownQueries = ["busiest_hours", "daily_counts", "event_rate"]

/** Tables of the stack whose names have several words. */
export const ownTables = ["bus_switch", "ended_sessions", "user_visitors"]

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

/** Fails if a name or the feature's aggregate would clash with something that is there. */
const checkNew = (
  root: string,
  kind: PartKind,
  name: Words,
  files: ReadonlyArray<TemplateFile>,
  { aggregate, folder, index }: FoundFeature
) => {
  const used = namesIn(files)
  const own = [aggregate.constant, aggregate.event]
  const clash = own.find((it) => used.has(it))
  if (clash !== undefined) {
    throw new Failed(`There is no ${kind} for ${folder}: its aggregate's ${clash} has another meaning in the code`)
  }
  const why = whyTaken(name, new Set([...used, ...own]))
  if (why !== undefined) throw new Failed(`It can't be called ${pascal(name)}: ${why}`)
  if ([pascal(name), camel(name)].some((it) => new RegExp(`\\b${it}\\b`).test(index.text))) {
    throw new Failed(`${index.path} already uses the name ${pascal(name)}`)
  }
  if (kind === "query" && ownQueries.includes(snake(name))) {
    throw new Failed(`There is a query ${snake(name)} already, the stack's own`)
  }
  // Two words: no keyword of SQL, nor a table of the stack but these.
  const table = `${snake(wordsOf(folder))}_${snake(name)}`
  if (kind === "projection" && ownTables.includes(table)) {
    throw new Failed(`There is a table ${table} already, the stack's own`)
  }
  const address = `/${kebab(wordsOf(folder))}/${kebab(name)}`
  const clashes = [
    [`name: "(${kebab(name)}|${snake(name)})"`, `a projection or query ${kebab(name)}`],
    [`table: "${table}"`, `a table ${table}`],
    ...(kind === "route" ? [[`"${address}"`, `a page ${address}`] as const] : [])
  ] as const
  for (const [text, what] of clashes) {
    const file = fileWith(root, new RegExp(text))
    if (file !== undefined) throw new Failed(`There is ${what} already, in ${file}`)
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
  checkNew(root, args.kind, name, files, feature)
  const rename = ofFeature(feature, [parts[args.kind], name], event)
  return {
    files: files.map(({ path, text }) => ({ path: rename(path), text: rename(text) })),
    notes: [],
    edits: [editOf(args.kind, name, feature)]
  }
}
