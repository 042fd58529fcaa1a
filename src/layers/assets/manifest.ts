// The manifest that the build writes: logical names, the hashed files behind them, and what a page needs beside its script.
import * as Schema from "effect/Schema"

const Entry = Schema.Struct({
  file: Schema.String,
  /** Style sheets of a page's script, in their order. */
  css: Schema.optional(Schema.Array(Schema.String)),
  /** Scripts that it imports, and those that they do. */
  imports: Schema.optional(Schema.Array(Schema.String)),
  /** For `integrity` attributes (W3C Subresource Integrity). */
  integrity: Schema.optional(Schema.String)
})
export const Manifest = Schema.Record({ key: Schema.String, value: Entry })
export type Manifest = typeof Manifest.Type

/** What a page refers to: the URL, and the hash that a browser holds the file against. */
export interface AssetLink {
  readonly url: string
  readonly integrity?: string | undefined
}

export interface PageFiles {
  readonly scripts: ReadonlyArray<AssetLink>
  readonly styles: ReadonlyArray<AssetLink>
  /** Scripts that the page's own imports: loaded beside it, not after it. */
  readonly preloads: ReadonlyArray<AssetLink>
}

/** All files that it names. */
export const filesOf = (manifest: Manifest): ReadonlyArray<string> =>
  Object.values(manifest).flatMap(({ css = [], file, imports = [] }) => [file, ...css, ...imports])

export const urlOf = (manifest: Manifest, name: string) => `/static/${manifest[name]?.file ?? name}`

/** What a page with these entry scripts loads; a script that the manifest lacks goes by its plain name. */
export const pageFiles = (manifest: Manifest, ...names: ReadonlyArray<string>): PageFiles => {
  const integrities = new Map(Object.values(manifest).map(({ file, integrity }) => [file, integrity]))
  const link = (file: string): AssetLink => ({ url: `/static/${file}`, integrity: integrities.get(file) })
  const entries = names.map((name) => manifest[name] ?? { file: name })
  const links = (files: ReadonlyArray<string>) => [...new Set(files)].map(link)
  return {
    scripts: links(entries.map(({ file }) => file)),
    styles: links(entries.flatMap(({ css = [] }) => css)),
    preloads: links(entries.flatMap(({ imports = [] }) => imports))
  }
}
