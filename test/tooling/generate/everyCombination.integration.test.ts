// The output of every generator, for every field type alone and all together, in this repository's
// layout and an application's: it compiles, passes lint and format, and its tests pass.
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compilerWithEffect } from "../../../src/tooling/check.ts"
import { aggregate } from "../../../src/tooling/generate/aggregate.ts"
import { part } from "../../../src/tooling/generate/part.ts"
import { carryOut, type Place } from "../../../src/tooling/generate/plan.ts"
import type { PartKind } from "../../../src/tooling/generate/templates.ts"
import { format } from "../../../src/tooling/generate.ts"
import { engine } from "../../../src/tooling/project.ts"
import { makeLayouts } from "./layouts.ts"

const { application, repository, root, tool } = makeLayouts()
afterAll(() => rmSync(root, { recursive: true, force: true }))

const written = new Map<string, Array<string>>()
const left: Array<string> = []

const makeAggregate = (place: Place, name: string, ...fields: ReadonlyArray<string>) => {
  const done = carryOut(place, aggregate(place, { name, fields, plural: undefined }))
  written.set(place.root, [...(written.get(place.root) ?? []), ...done.written, ...done.edited])
  left.push(...done.left)
}
const makePart = (place: Place, kind: PartKind, feature: string, name: string, event?: string) => {
  const done = carryOut(place, part(place, { kind, feature, name, event }))
  written.set(place.root, [...(written.get(place.root) ?? []), ...done.written, ...done.edited])
  left.push(...done.left)
}
const makeParts = (place: Place, feature: string, prefix: string) => {
  makePart(place, "projection", feature, `${prefix}Activity`)
  makePart(place, "query", feature, `${prefix}ByDay`)
  makePart(place, "route", feature, `${prefix}Imprint`)
  makePart(place, "layer", feature, `${prefix}Listener`)
}

const featuresIn = (main: string) => /application\(\[([^\]]*)\]/.exec(main)?.[1]?.trim().split(/,\s*/) ?? []

/** Generated features are visible: on the start page, on the dashboard, at their own URL. */
const seen = `import { afterAll, expect, it } from "vitest"
import { blogPosts } from "../src/features/blogPosts/index.ts"
import { visits } from "../src/features/visits/index.ts"
import { serve } from "../src/testing/index.ts"

const server = await serve([blogPosts, visits])
afterAll(server.stop)

it("is on its pages", async () => {
  const client = server.client()
  const start = await client.get("/")
  for (const title of ["Blog posts", "Visits", "Blog activity", "Blog listener"]) {
    expect(start.text).toContain(title)
  }
  expect((await client.get("/analytics")).text).toContain("Blog by day")
  expect((await client.get("/blog-posts/blog-imprint")).status).toBe(200)
  expect((await client.get("/api/openapi.json")).text).toContain("/api/blog-posts/{blogPostId}/tags")
})
`

const placeholder = /sample[ _-]?(thing|name|text|lines|integer|number|flag|day|tally|count|page|service)/i

beforeAll(() => {
  makeAggregate(repository, "Note", "title:text")
  makeAggregate(repository, "Quote", "title:text", "source:text")
  // The title is the first text, or is added.
  makeAggregate(repository, "Survey", "options:text[]")
  makeAggregate(repository, "Visit", "minutes:integer")
  makeAggregate(repository, "Measurement", "value:number", "place:text")
  makeAggregate(repository, "Chore", "name:text", "done:boolean")
  makeAggregate(repository, "Meeting", "subject:text", "day:date")
  makeAggregate(
    repository,
    "BlogPost",
    ...[
      "headline:text",
      "tags:text[]",
      "links:text[]",
      "summary:text",
      "words:integer",
      "likes:integer",
      "rating:number"
    ],
    ...["weight:number", "draft:boolean", "pinned:boolean", "due:date", "published:date", "author:text"]
  )
  // The formatter breaks its lines elsewhere.
  makeAggregate(
    repository,
    "InternationalShippingAddressCorrection",
    ...["referenceNumberOfTheCustomer:text", "alternativeDeliveryInstructions:text[]", "confirmedByTelephone:boolean"]
  )
  makeParts(repository, "blogPosts", "Blog")
  makePart(repository, "query", "blogPosts", "TagsByDay", "TagsAdded")
  // Features written by hand.
  makeParts(repository, "polls", "Poll")
  makeParts(repository, "todo", "Todo")
  makeAggregate(application, "Guestbook", "title:text", "entries:text[]")
  makeParts(application, "guestbooks", "Guest")
  makeParts(application, "counter", "Clicks")
  for (const [folder, paths] of written) expect(format(folder, paths)).toEqual([])
  writeFileSync(join(repository.root, "test/seen.test.ts"), seen)
})

describe("generated files", () => {
  it("are registered in main.ts and the features, or the command prints the line to add", () => {
    const main = readFileSync(join(repository.root, "src/main.ts"), "utf8")
    expect(featuresIn(main)).toEqual([
      ...featuresIn(readFileSync(join(engine, "src/main.ts"), "utf8")),
      ...["notes", "quotes", "surveys", "visits", "measurements", "chores", "meetings", "blogPosts"],
      "internationalShippingAddressCorrections"
    ])
    expect(main).toContain('import { blogPosts } from "./features/blogPosts/index.ts"')
    const own = readFileSync(join(application.root, "src/main.ts"), "utf8")
    expect(own).toContain("application([counter, guestbooks]")
    expect(left.join("\n")).toContain(
      `In src/features/polls/index.ts:\n  import { pollByDay, pollByDayPanel } from "./pollByDay.tsx"\n` +
        "  and in Feature.make: queries: [pollByDay], dashboard: { panels: [pollByDayPanel] }"
    )
    expect(left.filter((line) => line.startsWith("In "))).toEqual(
      ["polls", "todo"].map((feature) => `In src/features/${feature}/index.ts:`)
    )
  })

  it("import files in the repository and the package in an application", () => {
    const file = "src/features/guestbooks/Guestbook.ts"
    expect(readFileSync(join(application.root, file), "utf8")).toContain('from "evenstar/domain/Field"')
    const note = readFileSync(join(repository.root, "src/features/notes/Note.ts"), "utf8")
    expect(note).toContain('from "../../domain/Field.ts"')
    expect(note).not.toContain("evenstar/")
  })

  it("contain no template placeholder", () => {
    for (const [folder, paths] of written) {
      for (const path of paths) {
        expect(path).not.toMatch(placeholder)
        expect(readFileSync(join(folder, path), "utf8")).not.toMatch(placeholder)
      }
    }
  })

  it.concurrent("compile, and pass Effect's diagnostics", async ({ expect }) => {
    const folder = relative(join(import.meta.dirname, "../../../node_modules"), compilerWithEffect())
    expect(await tool(join(folder, "lib/tsc.js"), "--noEmit")).toBe("")
  }, 300_000)

  it("pass the linter and the formatter", async () => {
    const paths = ["repository", "application"].flatMap((name) => [
      `${name}/src/features`,
      `${name}/src/main.ts`,
      `${name}/test`
    ])
    expect(await tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ...paths)).toBe("")
  }, 60_000)

  it.concurrent(
    "pass their tests",
    async ({ expect }) => expect(await tool("vitest/vitest.mjs", "run")).toBe(""),
    300_000
  )
})
