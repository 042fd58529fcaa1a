// Spellings of names, plurals, and placeholders in texts.
import { describe, expect, it } from "vitest"
import { camel, pascal, pluralOf, renaming, wordsOf } from "../../../src/tooling/generate/names.ts"

describe("name", () => {
  it.each([["BlogPost"], ["blogPost"], ["blog-post"], ["blog_post"]])("is split into words: %s", (name) =>
    expect(wordsOf(name)).toEqual(["blog", "post"])
  )
  it("may contain acronyms and digits", () => {
    expect(pascal(wordsOf("URLShortener"))).toBe("UrlShortener")
    expect(camel(wordsOf("Top10List"))).toBe("top10List")
  })
  it.each([
    ["poll", "polls"],
    ["blogPost", "blogPosts"],
    ["story", "stories"],
    ["day", "days"],
    ["box", "boxes"],
    ["branch", "branches"],
    ["address", "addresses"]
  ])("%s has the plural %s", (name, plural) => expect(camel(pluralOf(wordsOf(name)) ?? [])).toBe(plural))
  it.each(["Person", "Child", "News", "Series", "Knife", "Status", "Analysis", "Notes"])(
    "%s has an irregular plural",
    (name) => expect(pluralOf(wordsOf(name))).toBeUndefined()
  )
})

describe("placeholder", () => {
  const rename = renaming([
    [
      ["sample", "things"],
      ["blog", "entries"]
    ],
    [
      ["sample", "thing"],
      ["blog", "entry"]
    ],
    [["sample", "tally"], ["activity"]]
  ])
  it.each([
    ["class SampleThing {}", "class BlogEntry {}"],
    ["const sampleThings = [sampleThing]", "const blogEntries = [blogEntry]"],
    ["/sample-things/sample-tally", "/blog-entries/activity"],
    ["sample_things", "blog_entries"],
    ["SAMPLE_THING_CLOSED", "BLOG_ENTRY_CLOSED"],
    ["Sample things, and one sample thing", "Blog entries, and one blog entry"],
    ["a sample tally, A sample thing", "an activity, A blog entry"],
    ["VisitorSampleThings, addSampleThing", "VisitorBlogEntries, addBlogEntry"]
  ])("keeps its spelling: %s", (before, after) => expect(rename(before)).toBe(after))
})
