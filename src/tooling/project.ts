// Paths of an application: sources, browser sources and build output. Evenstar's checkout is one.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { packageFolder } from "../lib/packageFolder.ts"
import { Failed } from "./Failed.ts"

/** The package's folder, in a checkout or below `node_modules`. */
export const engine = join(import.meta.dirname, "../..")

export interface Project {
  readonly root: string
  /** The package's name without its scope, and the name of the built program. */
  readonly name: string
  readonly version: string
  /** True in Evenstar's own repository. */
  readonly isCheckout: boolean
  /** The module that runs the server. */
  readonly main: string
  /** Folders with browser sources. */
  readonly web: ReadonlyArray<string>
  /** Evenstar's browser sources; undefined in its own repository. */
  readonly base: string | undefined
  /** The folder of the built browser files. */
  readonly assets: string
  /** The folder of the built program. */
  readonly dist: string
}

const decodePackage = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ name: Schema.String, version: Schema.optionalWith(Schema.String, { default: () => "0.0.0" }) })
  )
)

/** The existing folders `src/features/NAME/web`. */
const webOfFeatures = (root: string): ReadonlyArray<string> => {
  const features = join(root, "src/features")
  if (!existsSync(features)) return []
  return readdirSync(features)
    .sort()
    .map((name) => join(features, name, "web"))
    .filter(existsSync)
}

/** The application in a folder or the nearest one above. */
export const projectAt = (directory = process.cwd()): Project => {
  const root = packageFolder(directory)
  if (root === undefined) throw new Failed("There is no package.json here or above: run this in an application")
  const { name, version } = decodePackage(readFileSync(join(root, "package.json"), "utf8"))
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
