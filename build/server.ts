// Builds dist/: the server and the operator's commands as one program, the browser's files inside. What it needs from node_modules
// are native modules alone. `bundleServer` is also what the one executable is made of.
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { builtinModules } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Plugin, rolldown } from "rolldown"
import { readAll } from "../src/layers/assets/assetFiles.ts"
import { dist as assets, buildAssets, web } from "./assets.ts"

const root = join(import.meta.dirname, "..")
export const dist = join(root, "dist")

/** Packages with a native module: they find it beside their own files. */
const native = ["better-sqlite3", "@duckdb/node-bindings"]

/** All that a browser loads by itself. Source maps, which only its developer tools ask for, would double the program. */
const served = (directory: string) =>
  new Map([...readAll(directory)].filter(([name]) => !/\.map(\.(br|gz|zst))?$/.test(name)))

/** Puts the files into the module that has none (src/layers/assets/embedded.ts). */
const embed = (files: ReadonlyMap<string, Uint8Array>): Plugin => ({
  name: "embed",
  load: {
    filter: { id: /\/assets\/embedded\.ts$/ },
    handler: () => {
      const contents = [...files].map(([name, content]) => [name, Buffer.from(content).toString("base64")])
      return `const files = ${JSON.stringify(contents)}
export const embedded = () => new Map(files.map(([name, content]) => [name, Buffer.from(content, "base64")]))`
    }
  }
})

/** Packages without which others go on, more slowly at what nothing here asks of them: whoever tries them finds them missing. */
const optional: Plugin = {
  name: "optional",
  resolveId: (id) =>
    /^(msgpackr-extract|@parcel\/watcher|bufferutil|utf-8-validate|pg-native)(\/|$)/.test(id)
      ? `\0absent/${id}`
      : undefined,
  load: (id) => (id.startsWith("\0absent/") ? 'throw new Error("It is left out")' : undefined)
}

export interface Target {
  readonly directory: string
  /** Where the browser's files are. */
  readonly assets?: string
  /** ESM in several files, of which a start reads what it needs, or CommonJS in one. */
  readonly format: "esm" | "cjs"
  readonly plugins?: ReadonlyArray<Plugin>
  readonly external?: ReadonlyArray<string>
}

export const bundleServer = async ({
  assets: from = assets,
  directory,
  external = native,
  format,
  plugins = []
}: Target) => {
  const bundle = await rolldown({
    input: { evenstar: join(root, "src/main.ts") },
    platform: "node",
    external: (id) =>
      id.startsWith("node:") ||
      builtinModules.includes(id) ||
      external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [embed(served(from)), optional, ...plugins]
  })
  await bundle.write({
    dir: directory,
    format,
    minify: true,
    sourcemap: true,
    chunkFileNames: "[name].js",
    // What runs built is production, unless somebody says otherwise.
    intro: `process.env.NODE_ENV ??= "production";`,
    ...(format === "cjs" ? { codeSplitting: false } : {})
  })
  await bundle.close()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await buildAssets({ from: web, to: assets, compressed: true })
  mkdirSync(dist, { recursive: true })
  for (const name of readdirSync(dist).filter((it) => /\.js(\.map)?$/.test(it))) rmSync(join(dist, name))
  await bundleServer({ directory: dist, format: "esm" })
}
