// The seam between the stack and its features, in the sources' text: the stack names no feature's things, and a small feature stays
// small. Which way imports go, and that no feature imports another, is in imports.test.ts.
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
 * What a todo and a list of them are called, in code, texts and comments. "a list" alone is any list (of ciphers, of a cache's
 * entries), and so is a variable `list`; more than one, one that has something, or one with an id is the todo application's.
 */
const words = /todo|\blists\b|\blist's\b|\blist_?id\b|(visitor|active)_?lists?/i
const names = /(?<!Intl\.)\bList[A-Z]\w*/
const isOfTodos = (line: string) => words.test(line) || names.test(line)
/** A migration stays as it was when it was released. */
const ofThePast = "DROP TABLE IF EXISTS visitor_lists"
/** The composition names the features that it is made of. */
const withoutImports = (file: string, text: string) =>
  file === "src/main.ts" ? text.replaceAll(/^import .*$/gm, "").replace(/application\(\[.*\]\)/, "") : text

describe("outside its folder", () => {
  it("nothing under src names a todo or a list of them", () => {
    const found = sources("src")
      .filter((file) => !file.startsWith("src/features/todo/"))
      .flatMap((file) =>
        withoutImports(file, read(file))
          .split("\n")
          .flatMap((line, index) =>
            isOfTodos(line.replace(ofThePast, "")) ? [`${file}:${index + 1} ${line.trim()}`] : []
          )
      )
    expect(found).toEqual([])
  })

  it("a file of src/main.ts's kind has one line for each feature", () => {
    const main = read("src/main.ts")
    for (const name of features) expect(main).toContain(`from "./features/${name}/index.ts"`)
    expect(main.trimEnd().split("\n").length).toBeLessThan(12)
  })
})

describe("a feature", () => {
  it("as small as the polls is at most 600 lines in at most 8 files, its styles included", () => {
    const files = sources("src/features/polls")
    expect(files.length).toBeLessThanOrEqual(8)
    expect(files.reduce((sum, file) => sum + read(file).trimEnd().split("\n").length, 0)).toBeLessThanOrEqual(600)
  })
})
