// Bundles server and commands as one program with the browser files inside. Only native modules are
// needed from node_modules. Also used for the executable.
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { builtinModules } from "node:module"
import { join } from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { readAll } from "../layers/assets/assetFiles.ts"
import { version } from "../lib/version.ts"
import { buildAssetsOf } from "./assets.ts"
import { type Project, projectAt } from "./project.ts"

/** Packages with native modules, which are located relative to the package. */
const native = ["better-sqlite3", "@duckdb/node-bindings"]

/**
 * The files that browsers load. Source maps, used by developer tools only, would double the size.
 */
const served = (directory: string) =>
  new Map([...readAll(directory)].filter(([name]) => !/\.map(\.(br|gz|zst))?$/.test(name)))

/** Replaces what src/layers/assets/embedded.ts and src/lib/version.ts read from files. */
const embed = (files: ReadonlyMap<string, Uint8Array>): Plugin => ({
  name: "embed",
  load: {
    filter: { id: /\/(assets\/embedded|lib\/version)\.[jt]s$/ },
    handler: (id) => {
      if (/version\.[jt]s$/.test(id)) return `export const version = () => ${JSON.stringify(version())}`
      const contents = [...files].map(([name, content]) => [name, Buffer.from(content).toString("base64")])
      return `const files = ${JSON.stringify(contents)}
export const embedded = () => new Map(files.map(([name, content]) => [name, Buffer.from(content, "base64")]))`
    }
  }
})

/** Optional packages whose importers catch the error and use a slower fallback. */
const optional: Plugin = {
  name: "optional",
  resolveId: (id) =>
    /^(msgpackr-extract|@parcel\/watcher|bufferutil|utf-8-validate|pg-native)(\/|$)/.test(id)
      ? `\0absent/${id}`
      : undefined,
  load: (id) => (id.startsWith("\0absent/") ? 'throw new Error("Not part of the bundle")' : undefined)
}

export interface Target {
  readonly project: Project
  readonly directory: string
  /** The directory of the built browser files, by default the project's. */
  readonly assets?: string
  /** ESM in several files, loaded on demand, or CommonJS in one. */
  readonly format: "esm" | "cjs"
  readonly plugins?: ReadonlyArray<Plugin>
  readonly external?: ReadonlyArray<string>
}

/** Writes NAME.js to the directory, with the project's name. */
export const bundleServer = async ({
  project: { assets: own, main, name },
  assets = own,
  directory,
  external = native,
  format,
  plugins = []
}: Target) => {
  const bundle = await rolldown({
    input: { [name]: main },
    platform: "node",
    external: (id) =>
      id.startsWith("node:") ||
      builtinModules.includes(id) ||
      external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [embed(served(assets)), optional, ...plugins]
  })
  await bundle.write({
    dir: directory,
    format,
    minify: true,
    sourcemap: true,
    chunkFileNames: "[name].js",
    // Built programs run in production mode by default.
    intro: `process.env.NODE_ENV ??= "production";`,
    ...(format === "cjs" ? { codeSplitting: false } : {})
  })
  await bundle.close()
}

export const buildProgram = async () => {
  const project = projectAt()
  const { dist } = project
  await buildAssetsOf(project, true)
  mkdirSync(dist, { recursive: true })
  for (const name of readdirSync(dist).filter((it) => /\.js(\.map)?$/.test(it))) rmSync(join(dist, name))
  await bundleServer({ project, directory: dist, format: "esm" })
}
