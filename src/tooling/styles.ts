// Bundles a page's style sheets with Lightning CSS: minified, with source map and hashed URLs.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { bundleAsync } from "lightningcss"

export interface Style {
  readonly code: Uint8Array
  readonly map: Uint8Array
}

/** `urlOf` maps the path of an image or font to its URL. */
export const bundleStyle = async (
  paths: ReadonlyArray<string>,
  urlOf: (path: string) => string | undefined
): Promise<Style> => {
  const all = "all.css"
  const { code, dependencies, map } = await bundleAsync({
    filename: all,
    projectRoot: process.cwd(),
    minify: true,
    sourceMap: true,
    analyzeDependencies: true,
    resolver: {
      read: (path) =>
        path === all ? paths.map((it) => `@import ${JSON.stringify(it)};`).join("\n") : readFileSync(path, "utf8"),
      resolve: (specifier, from) =>
        /^[./]/.test(specifier) ? resolve(dirname(from), specifier) : createRequire(resolve(from)).resolve(specifier)
    }
  })
  let text = Buffer.from(code).toString()
  for (const dependency of dependencies ?? []) {
    if (dependency.type !== "url") continue
    const { loc, placeholder, url } = dependency
    const name = urlOf(join(dirname(loc.filePath), url))
    if (name === undefined && !/^(data:|https?:|#)/.test(url)) throw new Error(`${loc.filePath}: there is no ${url}`)
    text = text.replaceAll(placeholder, name ?? url)
  }
  return { code: Buffer.from(text), map: map ?? new Uint8Array() }
}
