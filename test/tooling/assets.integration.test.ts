// Output of `npm run build:assets`: hashed names, manifest, compressed copies, style sheets.
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { afterEach, beforeEach, expect, it } from "vitest"
import { buildAssets } from "../../src/tooling/assets.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  for (const name of ["images", "lib"]) mkdirSync(join(directory, "web", name), { recursive: true })
  write("lib/shared.ts", "export const greet = (name: string) => { document.title = 'Hello, ' + name }")
  write("index.ts", 'import "./base.css"\nimport { greet } from "./lib/shared.ts"\ngreet("index")')
  write(
    "second.ts",
    'import "./index.ts"\nimport "./second.css"\nimport { greet } from "./lib/shared.ts"\ngreet("second")'
  )
  write("third.ts", 'import { greet } from "./lib/shared.ts"\ngreet("third")')
  write("base.css", "body { color: #ff0000; background: url(images/dot.png) }")
  write("second.css", 'h1 { font-family: x; src: url("text.woff2") }')
  write("text.woff2", "a font")
  write("images/dot.png", "a picture")
  write("notes.md", "not for browsers")
})
afterEach(() => rmSync(directory, { recursive: true }))

const write = (name: string, content: string) => writeFileSync(join(directory, "web", name), content)
const read = (name: string) => readFileSync(join(directory, "dist", name))
const names = () => readdirSync(join(directory, "dist"))
const build = (compressed = true) =>
  buildAssets({ from: [join(directory, "web")], to: join(directory, "dist"), compressed })

it("names files by content hash and lists each page's files in the manifest", async () => {
  const manifest = await build()
  expect(JSON.parse(read("manifest.json").toString())).toEqual(manifest)
  const file = (name: string) => manifest[name]?.file ?? ""
  // The shared chunk has no logical name.
  const shared = names().find((name) => /^shared\.[\w-]+\.js$/.test(name)) ?? ""
  const logical = [
    "base.css",
    "images/dot.png",
    "index.ts",
    "second.css",
    "second.ts",
    "text.woff2",
    "third.ts",
    shared
  ]
  expect(Object.keys(manifest).sort()).toEqual(logical.sort())
  for (const [name, { file, integrity }] of Object.entries(manifest)) {
    expect(file).toMatch(/^[\w-]+\.[\w-]{8}\.(js|css|png|woff2)$/)
    expect([name, integrity]).toEqual([name, `sha384-${createHash("sha384").update(read(file)).digest("base64")}`])
  }
  expect(manifest["index.ts"]?.css).toEqual([file("base.css")])
  expect(manifest["second.ts"]).toMatchObject({ css: [file("second.css")], imports: [file("index.ts"), shared] })
  expect(names().some((name) => name.includes("notes"))).toBe(false)
})

it("bundles one minified style sheet per page with hashed URLs", async () => {
  const manifest = await build()
  const base = read(manifest["base.css"]?.file ?? "").toString()
  const second = read(manifest["second.css"]?.file ?? "").toString()
  expect(base).toMatch(/^body\{color:red;background:url\("dot\.[0-9a-f]{8}\.png"\)\}\n\/\*# sourceMappingURL=base/)
  expect(base).toContain(manifest["images/dot.png"]?.file)
  // Cascade order: the first file precedes the second, which overrides it.
  expect(second.indexOf("body{")).toBe(0)
  expect(second).toContain(manifest["text.woff2"]?.file)
})

it("writes source maps without paths outside the project", async () => {
  await build()
  const maps = names().filter((name) => name.endsWith(".map"))
  expect(maps).toHaveLength(6)
  for (const name of maps) {
    const { sources, sourcesContent } = JSON.parse(read(name).toString())
    expect(sourcesContent.length).toBe(sources.length)
    for (const source of sources) expect(source).not.toMatch(/^(\/|\w:)|^(work|home)\//)
  }
})

it("writes compressed copies only for text, and only smaller ones", async () => {
  write("large.ts", `console.log(${JSON.stringify("the same again ".repeat(500))})`)
  const manifest = await build()
  const large = manifest["large.ts"]?.file ?? ""
  expect(brotliDecompressSync(read(`${large}.br`))).toEqual(read(large))
  expect(gunzipSync(read(`${large}.gz`))).toEqual(read(large))
  expect(read(`${large}.br`).length).toBeLessThan(read(`${large}.gz`).length)
  for (const name of ["images/dot.png", "text.woff2"]) {
    expect(names()).toContain(manifest[name]?.file)
    expect(names()).not.toContain(`${manifest[name]?.file}.gz`)
  }
  for (const name of names().filter((it) => /\.(br|gz)$/.test(it))) {
    expect(read(name).length).toBeLessThan(read(name.replace(/\.(br|gz)$/, "")).length)
  }
})

it("gives stable names per content and removes files that are not in the manifest", async () => {
  const first = await build()
  const before = names()
  expect(await build()).toEqual(first)
  expect(names()).toEqual(before)
  write("third.ts", 'import { greet } from "./lib/shared.ts"\ngreet("third")')
  write("base.css", "body { color: blue }")
  const second = await build(false)
  expect(second["base.css"]?.file).not.toBe(first["base.css"]?.file)
  expect(second["index.ts"]?.file).toBe(first["index.ts"]?.file)
  expect(names()).not.toContain(first["base.css"]?.file)
  expect(names().filter((name) => /\.(br|gz|zst|new)$/.test(name))).toEqual([])
})

it("fails with the reason and keeps the previous build", async () => {
  await build()
  const before = names()
  write("index.ts", 'import "./nowhere.ts"')
  await expect(build()).rejects.toThrow("nowhere")
  write("index.ts", 'import "./base.css"')
  write("third.ts", 'import { greet } from "./lib/shared.ts"\ngreet("third")')
  write("base.css", "body { background: url(gone.png) }")
  await expect(build()).rejects.toThrow("there is no gone.png")
  write("base.css", "body { color: red }")
  write("third.ts", 'import "./second.css"\nimport "./base.css"')
  await expect(build()).rejects.toThrow("Two files would be called base.css")
  expect(names()).toEqual(before)
})

it("puts an application's entry in the place of the package's of the same name, also where the package imports it", async () => {
  const own = join(directory, "application")
  mkdirSync(own)
  writeFileSync(join(own, "index.ts"), 'import "../web/index.ts"\nimport "./own.css"\ndocument.body.id = "own"')
  writeFileSync(join(own, "own.css"), "h2 { color: #00ff00 }")
  mkdirSync(join(own, "images"))
  writeFileSync(join(own, "images/dot.png"), "its own picture")
  const options = { base: join(directory, "web"), to: join(directory, "dist"), compressed: false }
  const manifest = await buildAssets({ ...options, from: [own] })
  const textOf = (file = "") => read(file).toString()
  expect(manifest["index.ts"]?.css).toEqual([expect.stringMatching(/^own\./)])
  const style = textOf(manifest["index.ts"]?.css?.[0])
  expect(textOf(manifest["images/dot.png"]?.file)).toBe("its own picture")
  expect([style.includes("red"), style.includes("lime") || style.includes("#0f0")]).toEqual([true, true])
  // The package's second page imports `./index.ts`: it gets the application's, and so its style.
  const { css = [], file = "", imports = [] } = manifest["second.ts"] ?? {}
  expect([file, ...imports].map(textOf).join("\n")).toMatch(/id\s*=\s*[`"']own/)
  expect(textOf(css[0])).toContain("h2")

  const other = join(directory, "feature")
  mkdirSync(other)
  writeFileSync(join(other, "index.ts"), "export {}")
  await expect(buildAssets({ ...options, from: [own, other] })).rejects.toThrow(
    `Pages would know both ${join(own, "index.ts")} and ${join(other, "index.ts")} as index.ts: rename one`
  )
})
