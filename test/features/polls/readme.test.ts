// "Add a feature" of the README: each line of its code is a line of the polls' sources or tests.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")
const linesOf = (file: string) => readFileSync(join(root, file), "utf8").split("\n")

describe("README feature", () => {
  it("is an excerpt of the polls' sources", () => {
    const feature = "src/features/polls"
    const sources = new Set(
      [
        ...readdirSync(join(root, feature)).map((name) => join(feature, name)),
        "test/features/polls/Poll.test.ts"
      ].flatMap(linesOf)
    )
    const section = /\n## Add a feature\n([\s\S]*?)\n## /.exec(linesOf("README.md").join("\n"))?.[1] ?? ""
    const code = [...section.matchAll(/```tsx?\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.split("\n"))
    expect(code.length).toBeGreaterThan(50)
    expect(code.filter((line) => line !== "" && !sources.has(line))).toEqual([])
    const main = linesOf("src/main.ts").find((line) => line.startsWith("launch("))
    expect(section).toContain(`\`${main}\``)
  })
})
