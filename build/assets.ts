// Builds web/ into static/dist: scripts by Rolldown, styles by Lightning CSS, images and fonts as they are, each under a name with
// the hash of its content, and a manifest from logical names to them. What is text is there compressed as well. A script that lies in
// web/ itself is a page's entry, with the styles that it imports as the page's one style sheet; what entries share lies in folders.
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, extname, join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import type { Manifest } from "../src/layers/assets/manifest.ts"
import { compress } from "./compress.ts"
import { bundleScripts } from "./scripts.ts"
import { bundleStyle } from "./styles.ts"

/** What the manifest says of a logical name. */
type ManifestEntry = Manifest[string]

export interface Options {
  readonly from: string
  readonly to: string
  /** Compressed copies take seconds, and development has no use for them. */
  readonly compressed: boolean
}

const isMedia = (name: string) => /\.(svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf)$/.test(name)
const isEntry = (name: string) => /^[\w-]+\.ts$/.test(name)

export const buildAssets = async ({ compressed, from, to }: Options): Promise<Manifest> => {
  const files = new Map<string, Uint8Array>()
  const manifest: Record<string, ManifestEntry> = {}
  const integrityOf = (content: Uint8Array) => `sha384-${createHash("sha384").update(content).digest("base64")}`

  const add = (logical: string, file: string, content: Uint8Array, more: Partial<ManifestEntry> = {}) => {
    if (manifest[logical] !== undefined && manifest[logical].file !== file) {
      throw new Error(`Two files would be called ${logical}: rename one, or the style sheet that a page imports last`)
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

  const names = readdirSync(from, { recursive: true, encoding: "utf8" })
  for (const name of names.filter(isMedia).sort()) {
    const content = readFileSync(join(from, name))
    add(name, hashed(name, content), content)
  }
  const mediaUrl = (path: string) => manifest[relative(from, path)]?.file

  const chunks = await bundleScripts(
    names
      .filter(isEntry)
      .sort()
      .map((name) => join(from, name))
  )
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

/** The manifest changes last, and what nothing names any more goes after it: who reads meanwhile finds what its manifest names. */
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

const root = join(import.meta.dirname, "..")
export const web = join(root, "web")
export const dist = join(root, "static/dist")

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await buildAssets({ from: web, to: dist, compressed: true })
}
