// The boundary between the stack and its features: the stack's sources name nothing of a feature,
// and a small feature stays small. imports.test.ts checks the direction of imports and that no
// feature imports another.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../..")
const read = (file: string) => readFileSync(join(root, file), "utf8")
/** Source files below a directory, by their paths from the root. */
const sources = (directory: string) =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name).slice(root.length + 1))
    .sort()
const features = readdirSync(join(root, "src/features"))

/**
 * Words for a todo and a list of todos in code, texts and comments. "a list" alone is any list (of
 * ciphers, of cache entries), and so is a variable `list`; plurals, possessives and ids mean the
 * todo feature.
 */
const words = /todo|\blists\b|\blist's\b|\blist_?id\b|(visitor|active)_?lists?/i
const names = /(?<!Intl\.)\bList[A-Z]\w*/
const namesTodos = (line: string) => words.test(line) || names.test(line)
/** A released migration is never edited. */
const releasedMigration = "DROP TABLE IF EXISTS visitor_lists"
/** The composition names its features. */
const withoutImports = (file: string, text: string) =>
  file === "src/main.ts" ? text.replaceAll(/^import .*$/gm, "").replace(/application\(\[[^\]]*\]\)/, "") : text

describe("outside the feature folders", () => {
  it("no source under src names a todo or a todo list", () => {
    const found = sources("src")
      .filter((file) => !file.startsWith("src/features/todo/"))
      .flatMap((file) =>
        withoutImports(file, read(file))
          .split("\n")
          .flatMap((line, index) =>
            namesTodos(line.replace(releasedMigration, "")) ? [`${file}:${index + 1} ${line.trim()}`] : []
          )
      )
    expect(found).toEqual([])
  })

  it("a composition such as src/main.ts has one line per feature", () => {
    const main = read("src/main.ts")
    const importOf = (name: string) => `import { ${name} } from "./features/${name}/index.ts"\n`
    for (const name of features) expect(main).toContain(importOf(name))
    // Its other lines don't grow with the features; the formatter may break the list.
    const others = features
      .reduce((text, name) => text.replace(importOf(name), ""), main)
      .replace(/application\(\[[^\]]*\]\)/, "application([])")
    expect(others.trimEnd().split("\n").length).toBeLessThanOrEqual(5)
  })
})

describe("a feature", () => {
  it("as small as the polls has at most 600 lines in at most 8 files, styles included", () => {
    const files = sources("src/features/polls")
    expect(files.length).toBeLessThanOrEqual(8)
    expect(files.reduce((sum, file) => sum + read(file).trimEnd().split("\n").length, 0)).toBeLessThanOrEqual(600)
  })
})
