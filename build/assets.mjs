// Builds web/ into static/dist: hashed names and a manifest from logical names to them.
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, extname, join } from "node:path"
import { build } from "rolldown"

const root = join(import.meta.dirname, "..")
const out = join(root, "static/dist")
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })

const scripts = ["index.ts", "account.ts", "analytics.ts"]
const { output } = await build({
  input: scripts.map((name) => join(root, "web", name)),
  platform: "browser",
  output: { dir: out, entryFileNames: "[name].[hash].js", minify: true, sourcemap: true }
})
const bundleOf = (script) => output.find((file) => file.isEntry && basename(file.facadeModuleId) === script).fileName

const writeHashed = (name, content) => {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8)
  const file = `${basename(name, extname(name))}.${hash}${extname(name)}`
  writeFileSync(join(out, file), content)
  return { file }
}
const source = (name) => readFileSync(join(root, "web", name), "utf8")
// The charts' own style sheet stands before ours, which may say otherwise.
const chartStyle = readFileSync(join(dirname(createRequire(import.meta.url).resolve("uplot")), "uPlot.min.css"), "utf8")

const manifest = {
  ...Object.fromEntries(scripts.map((name) => [name, { file: bundleOf(name) }])),
  "style.css": writeHashed("style.css", source("style.css")),
  "analytics.css": writeHashed("analytics.css", `${chartStyle}\n${source("analytics.css")}`),
  "favicon.svg": writeHashed("favicon.svg", source("favicon.svg"))
}
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`)
