// Bundles the application's sources into a few files. Packages stay in node_modules: bundling them
// takes a second, and the standby process has already loaded them (host.ts).
import { mkdtempSync, rmSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, extname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"

export interface Program {
  /** Path of the module that runs the application on import. */
  readonly main: string
  /** Path of the script of the process that imports `main` (host.ts). */
  readonly host: string
  /** Import specifiers of the packages that a start loads. */
  readonly packages: ReadonlyArray<string>
  readonly remove: () => void
}

const host = join(import.meta.dirname, `host${extname(import.meta.filename)}`)

/** Keeps `import.meta` paths of the source files, because modules read files relative to them. */
const ownPlace: Plugin = {
  name: "ownPlace",
  transform: {
    filter: { code: "import.meta." },
    handler: (code, id) => ({
      code: code
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(id)))
        .replaceAll("import.meta.filename", JSON.stringify(id))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)),
      // Line numbers are unchanged.
      map: null
    })
  }
}

/** Evenstar itself is bundled: in a checkout its sources change too. */
const isPackage = (id: string) =>
  isBuiltin(id) || (!/^evenstar(\/|$)/.test(id) && !id.startsWith(".") && !id.startsWith("/") && !/^\w:/.test(id))

/**
 * Packages imported statically, directly or by chunks that are loaded on demand from the static
 * ones: a start loads those too.
 */
const packagesOf = (chunks: ReadonlyArray<OutputChunk>, main: string) => {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string) => {
    const chunk = byName.get(name)
    if (chunk === undefined) return packages.add(name)
    if (seen.has(name)) return
    seen.add(name)
    chunk.imports.forEach(visit)
  }
  visit(main)
  for (const name of [...seen])
    byName
      .get(name)
      ?.dynamicImports.filter((it) => byName.has(it))
      .forEach(visit)
  return [...packages].filter((name) => !isBuiltin(name))
}

/** Throws on a syntax error, with file and line. `into` must be where Node finds node_modules. */
export const bundleProgram = async (main: string, into: string): Promise<Program> => {
  const bundle = await rolldown({ input: { main, host }, platform: "node", external: isPackage, plugins: [ownPlace] })
  // A new folder each time: the running server may still load files of its build.
  const directory = mkdtempSync(join(into, "build-"))
  try {
    const { output } = await bundle.write({
      dir: directory,
      format: "esm",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "[name]-[hash].js"
    })
    const chunks = output.filter((file): file is OutputChunk => file.type === "chunk")
    return {
      main: join(directory, "main.js"),
      host: join(directory, "host.js"),
      packages: packagesOf(chunks, "main.js"),
      remove: () => rmSync(directory, { recursive: true, force: true })
    }
  } finally {
    await bundle.close()
  }
}
