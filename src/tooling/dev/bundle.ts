// The application's own sources as one program of a few files. Packages stay in node_modules: bundling
// them takes a second, and a waiting process has loaded them already (host.ts).
import { mkdtempSync, rmSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, extname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"

export interface Program {
  /** Runs the application when it is imported. */
  readonly main: string
  /** Runs as the process that imports it (host.ts). */
  readonly host: string
  /** Packages that a start loads, as they are imported. */
  readonly packages: ReadonlyArray<string>
  readonly remove: () => void
}

const host = join(import.meta.dirname, `host${extname(import.meta.filename)}`)

/** A module finds its own folder where it was written. */
const ownPlace: Plugin = {
  name: "ownPlace",
  transform: {
    filter: { code: "import.meta." },
    handler: (code, id) => ({
      code: code
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(id)))
        .replaceAll("import.meta.filename", JSON.stringify(id))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)),
      // No line has moved.
      map: null
    })
  }
}

/** The engine is a package for an application, and changes with it here: bundled in both. */
const isPackage = (id: string) =>
  isBuiltin(id) || (!/^evenstar(\/|$)/.test(id) && !id.startsWith(".") && !id.startsWith("/") && !/^\w:/.test(id))

/** What is loaded at a start: static imports, and those of the files that the first ones load on demand. */
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

/** Throws with file and line where a source can't be read. `into` lies where Node finds the packages. */
export const bundleProgram = async (main: string, into: string): Promise<Program> => {
  const bundle = await rolldown({ input: { main, host }, platform: "node", external: isPackage, plugins: [ownPlace] })
  // Another folder each time: what runs may still load files of its own.
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
