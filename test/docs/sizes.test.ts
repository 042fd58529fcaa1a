// Length limits of the documents, and the glossary's format.
import { describe, expect, it } from "vitest"
import { decisions, exists, guides, linesOf, read } from "./documents.ts"

describe("document length in lines", () => {
  it("README.md: at most 150", () => expect(linesOf(read("README.md").text).length).toBeLessThanOrEqual(150))
  it.each(guides.map(({ path, text }) => [path, text]))("%s: less than 200", (_, text) =>
    expect(linesOf(text).length).toBeLessThan(200)
  )
  it.each(decisions.map(({ path, text }) => [path, text]))("%s: at most 60", (_, text) =>
    expect(linesOf(text).length).toBeLessThanOrEqual(60)
  )
})

describe("glossary", () => {
  const [, ...entries] = read("docs/glossary.md").text.split(/^\*\*/m)
  const terms = entries.map((entry) => entry.split("**")[0] ?? "")

  it("has at most 60 terms, each once, in order", () => {
    expect(terms.length).toBeGreaterThan(40)
    expect(terms.length).toBeLessThanOrEqual(60)
    expect(terms).toEqual([...new Set(terms)].toSorted((one, other) => one.localeCompare(other, "en")))
  })

  it.each(entries.map((entry, index) => [terms[index], entry]))(
    "%s: two lines and an existing file",
    (_, entry = "") => {
      expect(linesOf(entry).filter((line) => line !== "").length).toBe(2)
      const [, file = ""] = /`([\w./-]+\/[\w.-]*)`\s*$/.exec(entry) ?? []
      expect(file).not.toBe("")
      expect(exists(file)).toBe(true)
    }
  )
})
