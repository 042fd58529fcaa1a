// Template parts for one field: repeated for each field of the type, in order, or dropped.
import { describe, expect, it } from "vitest"
import { expand } from "../../../src/tooling/generate/expand.ts"
import { type Field, fieldsOf } from "../../../src/tooling/generate/fields.ts"

const lines = (...all: ReadonlyArray<string>) => all.join("\n")
/** The fields except the title. */
const fields = (...texts: ReadonlyArray<string>): ReadonlyArray<Field> => fieldsOf(["title:text", ...texts]).slice(1)

describe("expand", () => {
  const struct = lines("{", "  sampleText: Field.text,", "  sampleInteger: Field.integer", "}")
  it("repeats the lines of an array in field order, with commas", () => {
    expect(expand(struct, fields("pages:integer", "author:text", "editor:text"))).toBe(
      lines("{", "  pages: Field.integer,", "  author: Field.text,", "  editor: Field.text", "}")
    )
  })
  it("drops parts without a matching field", () => {
    expect(expand(struct, fields("author:text"))).toBe(lines("{", "  author: Field.text", "}"))
    expect(expand(struct, [])).toBe(lines("{", "}"))
  })
  it("repeats a line with its indented block and its closing line", () => {
    const tests = lines(
      'it("first", () => {})',
      'it("takes sample lines", () => {',
      "  expect(1).toBe(1)",
      "",
      "  expect(2).toBe(2)",
      "})",
      'it("last", () => {})'
    )
    const once = (name: string) => [
      `it("takes ${name}", () => {`,
      "  expect(1).toBe(1)",
      "",
      "  expect(2).toBe(2)",
      "})"
    ]
    expect(expand(tests, fields("tags:text[]", "links:text[]"))).toBe(
      lines('it("first", () => {})', ...once("tags"), ...once("links"), 'it("last", () => {})')
    )
    expect(expand(tests, [])).toBe(lines('it("first", () => {})', 'it("last", () => {})'))
  })
  it("keeps consecutive lines of one field together", () => {
    const terms = lines("<dl>", "  <dt>Sample text</dt>", "  <dd>{sampleText}</dd>", "</dl>")
    expect(expand(terms, fields("author:text", "editor:text"))).toBe(
      lines("<dl>", "  <dt>Author</dt>", "  <dd>{author}</dd>", "  <dt>Editor</dt>", "  <dd>{editor}</dd>", "</dl>")
    )
  })
  it("treats a chain of calls as one part", () => {
    const chain = lines("const addSampleLines = post(", '  "a"', ")`/b`", "  .add(1)", "const other = 1")
    expect(expand(chain, [])).toBe("const other = 1")
  })
})
