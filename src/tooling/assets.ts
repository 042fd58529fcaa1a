// Builds the browser files: scripts (Rolldown), styles (Lightning CSS), images and fonts, named by
// content hash, with a manifest of logical names and compressed copies of text files. A script
// directly in a source folder is a page's entry; its imported styles become the page's one style
// sheet.
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, extname, join, relative } from "node:path"
import type { Manifest } from "../layers/assets/manifest.ts"
import { compress } from "./compress.ts"
import { Failed } from "./Failed.ts"
import { type Project, projectAt } from "./project.ts"
import { bundleScripts } from "./scripts.ts"
import { bundleStyle } from "./styles.ts"

/** The manifest's entry of a logical name. */
type ManifestEntry = Manifest[string]

export interface Options {
  /** Folders of browser sources; names that pages refer to must be distinct. */
  readonly from: ReadonlyArray<string>
  /** Evenstar's browser sources, for another package; files of the same name in `from` win. */
  readonly base?: string | undefined
  readonly to: string
  /** Compressed copies take seconds to make and are not used in development. */
  readonly compressed: boolean
}

const isMedia = (name: string) => /\.(svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf)$/.test(name)
const isEntry = (name: string) => /^[\w-]+\.ts$/.test(name)

/** Source paths of entry scripts, images and fonts by logical name. */
const sourcesOf = ({ base, from }: Options) => {
  const filesOf = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => isMedia(name) || isEntry(name))
      .map((name) => [name, join(folder, name)] as const)
  const own = new Map<string, string>()
  for (const [name, path] of from.flatMap(filesOf)) {
    const other = own.get(name)
    if (other !== undefined) throw new Failed(`Pages would know both ${other} and ${path} as ${name}: rename one`)
    own.set(name, path)
  }
  return new Map([...(base === undefined ? [] : filesOf(base)), ...own].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const buildAssets = async (options: Options): Promise<Manifest> => {
  const { base, compressed, from, to } = options
  const files = new Map<string, Uint8Array>()
  const manifest: Record<string, ManifestEntry> = {}
  const integrityOf = (content: Uint8Array) => `sha384-${createHash("sha384").update(content).digest("base64")}`

  const add = (logical: string, file: string, content: Uint8Array, more: Partial<ManifestEntry> = {}) => {
    if (manifest[logical] !== undefined && manifest[logical].file !== file) {
      throw new Failed(`Two files would be called ${logical}: rename one, or the style sheet that a page imports last`)
    }
    files.set(file, content)
    manifest[logical] = { file, integrity: integrityOf(content), ...more }
    return file
  }
  const hashed = (name: string, content: Uint8Array) => {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 8)
    const extension = extname(name)
    return `${basename(name, extension)}.${hash}${extension}`
  }

  const sources = sourcesOf(options)
  for (const [name, path] of sources) {
    if (!isMedia(name)) continue
    const content = readFileSync(path)
    add(name, hashed(name, content), content)
  }
  const folders = base === undefined ? from : [...from, base]
  const mediaUrl = (path: string) =>
    folders.map((folder) => manifest[relative(folder, path)]?.file).find((file) => file !== undefined)

  const entries = [...sources].flatMap(([name, path]) => (isEntry(name) ? [path] : []))
  const chunks = await bundleScripts(entries, base)
  for (const { code, entry, fileName, imports, map, styles } of chunks) {
    const last = styles.at(-1)
    const css: Array<string> = []
    if (last !== undefined) {
      const style = await bundleStyle(styles, mediaUrl)
      const file = hashed(last, style.code)
      css.push(
        add(basename(last), file, Buffer.concat([style.code, Buffer.from(`\n/*# sourceMappingURL=${file}.map */`)]))
      )
      files.set(`${file}.map`, style.map)
    }
    const more = { ...(css.length > 0 ? { css } : {}), ...(imports.length > 0 ? { imports } : {}) }
    add(entry === undefined ? fileName : basename(entry), fileName, Buffer.from(code), more)
    files.set(`${fileName}.map`, Buffer.from(map))
  }

  if (compressed)
    for (const [name, content] of [...files]) for (const copy of compress(name, content)) files.set(...copy)
  files.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
  replace(to, files)
  return manifest
}

/** Writes the manifest last and then removes old files, so that readers find what it names. */
const replace = (directory: string, files: ReadonlyMap<string, Uint8Array>) => {
  mkdirSync(directory, { recursive: true })
  for (const [name, content] of files) {
    writeFileSync(join(directory, `${name}.new`), content)
    renameSync(join(directory, `${name}.new`), join(directory, name))
  }
  for (const name of readdirSync(directory)) {
    if (!files.has(name)) rmSync(join(directory, name), { recursive: true })
  }
}

export const buildAssetsOf = ({ assets, base, web }: Project, compressed: boolean) =>
  buildAssets({ base, from: web, to: assets, compressed })

/** `evenstar assets` */
export const run = async () => void (await buildAssetsOf(projectAt(), true))
