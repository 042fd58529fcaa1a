// The build's manifest: hashed files by logical name, and a page's styles and imports.
import * as Schema from "effect/Schema"

const Entry = Schema.Struct({
  file: Schema.String,
  /** Style sheets of an entry script, in order. */
  css: Schema.optional(Schema.Array(Schema.String)),
  /** Imported scripts, transitively. */
  imports: Schema.optional(Schema.Array(Schema.String)),
  /** For `integrity` attributes (W3C Subresource Integrity). */
  integrity: Schema.optional(Schema.String)
})
export const Manifest = Schema.Record({ key: Schema.String, value: Entry })
export type Manifest = typeof Manifest.Type

/** A file's URL and integrity hash. */
export interface AssetLink {
  readonly url: string
  readonly integrity?: string | undefined
}

export interface PageFiles {
  readonly scripts: ReadonlyArray<AssetLink>
  readonly styles: ReadonlyArray<AssetLink>
  /** Imported scripts, preloaded in parallel. */
  readonly preloads: ReadonlyArray<AssetLink>
}

/** All files of the manifest. */
export const filesOf = (manifest: Manifest): ReadonlyArray<string> =>
  Object.values(manifest).flatMap(({ css = [], file, imports = [] }) => [file, ...css, ...imports])

export const urlOf = (manifest: Manifest, name: string) => `/static/${manifest[name]?.file ?? name}`

/** Files of a page with these entry scripts; an unknown script keeps its plain name. */
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
