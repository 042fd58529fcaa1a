// The templates: working code below `generators/`, with the placeholder feature `sampleThings`.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, relative, sep } from "node:path"

export interface TemplateFile {
  /** Relative to the application's root, as `src/features/sampleThings/index.ts`. */
  readonly path: string
  readonly text: string
}

/** The placeholder of each generator that adds a part to a feature. */
export const parts = {
  projection: ["sample", "tally"],
  query: ["sample", "count"],
  route: ["sample", "page"],
  layer: ["sample", "service"]
} as const
export type PartKind = keyof typeof parts

/** Whether a word names a generator of a part. */
export const isPart = (kind: string): kind is PartKind => Object.hasOwn(parts, kind)
const partOf = (path: string): PartKind | undefined =>
  Object.keys(parts)
    .filter(isPart)
    .find((kind) => new RegExp(`${parts[kind].join("")}\\b`, "i").test(path))

/** All template files. */
export const templates = (engine: string): ReadonlyArray<TemplateFile> => {
  const root = join(engine, "generators")
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name))
    .sort()
    .map((file) => ({ path: relative(root, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
}

/** The templates of one generator. */
export const templatesOf = (files: ReadonlyArray<TemplateFile>, kind: "aggregate" | PartKind) =>
  files.filter(({ path }) => (partOf(path) ?? "aggregate") === kind)

const extensions = [".ts", ".tsx", "/index.ts"]

/** Replaces imports of the package by relative paths, as in features of its own repository. */
export const importingFiles = (engine: string, { path, text }: TemplateFile): TemplateFile => ({
  path,
  text: text.replace(/(?<=from ")evenstar\/([^"]+)/g, (name, module: string) => {
    const file = extensions.map((end) => `src/${module}${end}`).find((it) => existsSync(join(engine, it)))
    return file === undefined ? name : posix.relative(dirname(path), file)
  })
})
