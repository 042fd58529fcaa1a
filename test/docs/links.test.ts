// Links, anchors, files and npm scripts in the documents exist.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { anchorsOf, documents, exists, proseOf, read, root } from "./documents.ts"

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8"
}).split("\n")
const names = new Set(tracked.map((path) => basename(path)))
const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts

const folders = "src|test|docs|bench|examples|web|build|deploy|generators|template|tools|nix"
/** In the application of the guide to a first feature. */
const generated = /\/guestbooks(\/|$)|^(Visitor)?Guestbooks?\.ts$|^entries\.tsx$/
/** Exact paths only: `src/features/<name>`, `*` and `…` are patterns. */
const isExact = (path: string) => !/[<>*{}…$]|\.\.\./.test(path) && !generated.test(path)

describe.each(documents.map((document) => [document.path, document] as const))("%s", (path, document) => {
  it("links to existing documents and headings", () => {
    const targets = [...proseOf(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = ""]) => target)
    const broken = targets.filter((target) => {
      const [file = "", anchor] = target.split("#")
      const linked = file === "" ? path : join(dirname(path), file)
      if (!exists(linked)) return true
      return anchor !== undefined && !anchorsOf(read(linked)).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it("names existing files", () => {
    const quoted = [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text)
    const paths = quoted.filter((text) => new RegExp(`^(${folders})/[\\w./-]+$`).test(text) && isExact(text))
    expect(paths.filter((file) => !exists(file))).toEqual([])
    const files = quoted.filter((text) => /^[\w.-]+\.tsx?$/.test(text))
    expect(files.filter((file) => !names.has(file) && !generated.test(file))).toEqual([])
  })

  it("names existing npm scripts", () => {
    const wanted = [...document.text.matchAll(/\bnpm run ([\w:-]*\w)/g)].map(([, name = ""]) => name)
    expect(wanted.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})
