// Bundles the browser scripts with Rolldown: a chunk for each entry, and shared chunks. Imported
// style sheets are listed with the entry and emit no code.
import { basename, dirname, resolve, sep } from "node:path"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"

export interface Chunk {
  /** The entry's source file; undefined for shared chunks. */
  readonly entry: string | undefined
  readonly fileName: string
  readonly code: string
  readonly map: string
  /** File names of imported chunks, transitively. */
  readonly imports: ReadonlyArray<string>
  /** Style sheets in cascade order. */
  readonly styles: ReadonlyArray<string>
}

/** An application's entry replaces Evenstar's of the same name, also where Evenstar imports it. */
const replaced = (entries: ReadonlyArray<string>, base: string): Plugin => {
  const own = new Map(entries.filter((entry) => dirname(entry) !== base).map((entry) => [basename(entry), entry]))
  return {
    name: "replaced",
    resolveId: (id, importer) => {
      if (importer === undefined || !importer.startsWith(base + sep) || !id.startsWith(".")) return undefined
      const path = resolve(dirname(importer), id)
      return dirname(path) === base ? own.get(basename(path)) : undefined
    }
  }
}

/** `base`: Evenstar's browser sources, for another package. */
export const bundleScripts = async (entries: ReadonlyArray<string>, base?: string): Promise<ReadonlyArray<Chunk>> => {
  const imported = new Map<string, ReadonlyArray<string>>()
  const styles: Plugin = {
    name: "styles",
    load: {
      filter: { id: /\.css$/ },
      handler: () => ({ code: "export {}", moduleType: "js", moduleSideEffects: false })
    },
    buildEnd() {
      for (const id of this.getModuleIds()) imported.set(id, this.getModuleInfo(id)?.importedIds ?? [])
    }
  }
  /** Depth first, in evaluation order. */
  const stylesOf = (id: string, seen = new Set<string>()): ReadonlyArray<string> => {
    if (seen.has(id)) return []
    seen.add(id)
    if (id.endsWith(".css")) return [id]
    return (imported.get(id) ?? []).flatMap((it) => stylesOf(it, seen))
  }

  const bundle = await rolldown({
    input: [...entries],
    platform: "browser",
    plugins: [styles, ...(base === undefined ? [] : [replaced(entries, base)])]
  })
  const { output } = await bundle.generate({
    entryFileNames: "[name].[hash].js",
    chunkFileNames: "[name].[hash].js",
    minify: true,
    sourcemap: true
  })
  await bundle.close()

  const chunks = output.filter((file): file is OutputChunk => file.type === "chunk")
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const importsOf = ({ imports }: OutputChunk): ReadonlyArray<string> => [
    ...new Set(
      imports.flatMap((name) => {
        const chunk = byName.get(name)
        return chunk === undefined ? [] : [name, ...importsOf(chunk)]
      })
    )
  ]
  return chunks.map((chunk) => {
    const entry = chunk.isEntry && chunk.facadeModuleId !== null ? chunk.facadeModuleId : undefined
    return {
      entry,
      fileName: chunk.fileName,
      code: chunk.code,
      map: chunk.map?.toString() ?? "",
      imports: importsOf(chunk),
      styles: entry === undefined ? [] : stylesOf(entry)
    }
  })
}
