// Code blocks in the documents are code that runs: a TypeScript or JSON block names its file in the
// first line, and its lines are consecutive in that file. A line of `// …` stands for omitted
// lines.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { blocksOf, documents, exists, linesOf, root } from "./documents.ts"

const blocks = documents.flatMap((document) =>
  blocksOf(document, "ts", "tsx").map((block) => [document.path, ...linesOf(block)] as const)
)

/** The runs of lines between `// …` lines. */
const runs = (lines: ReadonlyArray<string>) =>
  lines
    .map((line) => (/^\s*(\/\/ …|\{\/\* … \*\/\})$/.test(line) ? "…" : line))
    .join("\n")
    .split(/^…$/m)
    .map((run) => run.replace(/^\n+|\n+$/g, ""))
    .filter((run) => run !== "")

describe("code in the documents", () => {
  it("exists", () => expect(blocks.length).toBeGreaterThan(10))

  it.each(blocks)("%s: %s", (_, first, ...lines) => {
    const file = /^\/\/ (\S+)$/.exec(first)?.[1] ?? expect.fail(`The block names no file: ${first}`)
    expect(exists(file)).toBe(true)
    const source = `\n${readFileSync(join(root, file), "utf8")}\n`
    let rest = source
    for (const run of runs(lines)) {
      const at = rest.indexOf(`\n${run}\n`)
      // Compared as a whole, for a readable difference.
      if (at < 0) expect(source).toContain(`\n${run}\n`)
      rest = rest.slice(at + run.length + 1)
    }
  })
})
