// Where an application's files are: its sources, its browser sources and what is built of both. A checkout of Evenstar is one too.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Schema from "effect/Schema"
import { Failed } from "./Failed.ts"

/** The package's own folder, in a checkout and below `node_modules` alike: this file lies two folders below it. */
export const engine = join(import.meta.dirname, "../..")

export interface Project {
  readonly root: string
  /** The package's name without a scope: the program is called so. */
  readonly name: string
  readonly version: string
  /** Whether it is Evenstar's own repository. */
  readonly isCheckout: boolean
  /** The module that runs the server. */
  readonly main: string
  /** Folders of its browser sources. */
  readonly web: ReadonlyArray<string>
  /** Evenstar's browser sources, where they aren't its own. */
  readonly base: string | undefined
  /** Where the built browser files are. */
  readonly assets: string
  /** Where the built program is. */
  readonly dist: string
}

const decodePackage = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ name: Schema.String, version: Schema.optionalWith(Schema.String, { default: () => "0.0.0" }) })
  )
)

const packageFile = "package.json"

const rootOf = (directory: string): string => {
  if (existsSync(join(directory, packageFile))) return directory
  const parent = dirname(directory)
  if (parent === directory) throw new Failed("There is no package.json here or above: run it inside an application")
  return rootOf(parent)
}

/** `src/features/NAME/web` of each feature that has one. */
const webOfFeatures = (root: string): ReadonlyArray<string> => {
  const features = join(root, "src/features")
  if (!existsSync(features)) return []
  return readdirSync(features)
    .sort()
    .map((name) => join(features, name, "web"))
    .filter(existsSync)
}

/** The application that a folder belongs to. */
export const projectAt = (directory = process.cwd()): Project => {
  const root = rootOf(directory)
  const { name, version } = decodePackage(readFileSync(join(root, packageFile), "utf8"))
  const isCheckout = root === engine
  const own = join(root, "web")
  return {
    root,
    name: name.replace(/^@[^/]*\//, ""),
    version,
    isCheckout,
    main: join(root, "src/main.ts"),
    web: [...(existsSync(own) ? [own] : []), ...webOfFeatures(root)],
    base: isCheckout ? undefined : join(engine, "web"),
    assets: join(root, "static/dist"),
    dist: join(root, "dist")
  }
}
