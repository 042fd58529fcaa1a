// Finds features and aggregates in an application's source text, without loading its modules.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Failed } from "../Failed.ts"
import { type Words, wordsOf } from "./names.ts"

export interface Source {
  /** Relative to the application's root, with `/`. */
  readonly path: string
  readonly text: string
}

const features = "src/features"

export const featuresOf = (root: string): ReadonlyArray<string> =>
  existsSync(join(root, features))
    ? readdirSync(join(root, features), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    : []

/** Sources of a feature's modules, sorted by path. */
export const sourcesOf = (root: string, feature: string): ReadonlyArray<Source> =>
  readdirSync(join(root, features, feature), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .sort()
    .map((name) => {
      const path = `${features}/${feature}/${name.replaceAll("\\", "/")}`
      return { path, text: readFileSync(join(root, path), "utf8") }
    })

/** Path of the first module with a match. */
export const fileWith = (root: string, pattern: RegExp): string | undefined =>
  featuresOf(root)
    .flatMap((feature) => sourcesOf(root, feature))
    .find((source) => pattern.test(source.text))?.path

export interface FoundAggregate {
  /** Path in the feature's folder, as `Poll.ts`. */
  readonly module: string
  /** The exported constant, as `poll`. */
  readonly constant: string
  /** The type of its events, as `PollEvent`. */
  readonly event: string
  readonly eventTypes: ReadonlyArray<string>
}

export interface FoundFeature {
  readonly folder: string
  readonly name: Words
  readonly index: Source
  readonly aggregate: FoundAggregate
}

const definition = /export const (\w+) = Aggregate\.make\(\{([\s\S]*?)\n\}\)/

/** A feature and its first aggregate; fails if there is none. */
export const featureAt = (root: string, folder: string): FoundFeature => {
  const known = featuresOf(root)
  if (!known.includes(folder)) {
    throw new Failed(`There is no feature ${folder} in ${features}; there are: ${known.join(", ") || "none"}`)
  }
  const sources = sourcesOf(root, folder)
  const index = sources.find(({ path }) => path === `${features}/${folder}/index.ts`)
  if (index === undefined) throw new Failed(`${features}/${folder} has no index.ts that exports the feature`)
  const aggregates = sources.flatMap(({ path, text }) => {
    const [, constant = "", body = ""] = definition.exec(text) ?? []
    const event = /^ {2}events: (\w+),?$/m.exec(body)?.[1] ?? ""
    // The events may have their own file; the aggregate's module then exports them again.
    const events = sources.find((source) => source.text.includes(`export const ${event} = `))?.text ?? text
    const eventTypes = [...events.matchAll(/TaggedStruct\(\s*"(\w+)"/g)].flatMap(([, type]) => type ?? [])
    const isFound = constant !== "" && event !== "" && eventTypes.length > 0
    return isFound ? [{ module: path.slice(features.length + folder.length + 2), constant, event, eventTypes }] : []
  })
  const [aggregate] = aggregates
  if (aggregate === undefined)
    throw new Failed(`The feature ${folder} has no aggregate: make one with generate aggregate`)
  return { folder, name: wordsOf(folder), index, aggregate }
}
