// Builds web/ into static/dist: hashed names and a manifest from logical names to them.
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, extname, join } from "node:path"
import { build } from "rolldown"

const root = join(import.meta.dirname, "..")
const out = join(root, "static/dist")
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })

const scripts = ["index.ts", "account.ts"]
const { output } = await build({
  input: scripts.map((name) => join(root, "web", name)),
  platform: "browser",
  output: { dir: out, entryFileNames: "[name].[hash].js", minify: true, sourcemap: true }
})
const bundleOf = (script) => output.find((file) => file.isEntry && basename(file.facadeModuleId) === script).fileName

const copyHashed = (name) => {
  const content = readFileSync(join(root, "web", name))
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8)
  const file = `${basename(name, extname(name))}.${hash}${extname(name)}`
  writeFileSync(join(out, file), content)
  return file
}

const manifest = {
  ...Object.fromEntries(scripts.map((name) => [name, { file: bundleOf(name) }])),
  "style.css": { file: copyHashed("style.css") },
  "favicon.svg": { file: copyHashed("favicon.svg") }
}
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`)
