// Refusals of the generators, one line each, before anything is written.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { stackQueries } from "../../../src/layers/analytics/stackQueries.ts"
import { Failed } from "../../../src/tooling/Failed.ts"
import { aggregate, ownPaths } from "../../../src/tooling/generate/aggregate.ts"
import { featuresOf } from "../../../src/tooling/generate/feature.ts"
import { ownQueries, ownTables, part } from "../../../src/tooling/generate/part.ts"
import { carryOut } from "../../../src/tooling/generate/plan.ts"
import type { PartKind } from "../../../src/tooling/generate/templates.ts"
import { run } from "../../../src/tooling/generate.ts"
import { engine } from "../../../src/tooling/project.ts"

const checkout = { root: engine, engine, isCheckout: true }
const make = (command: string) => {
  const [name = "", ...rest] = command.split(" ")
  const plural = rest.find((it) => it.startsWith("--plural="))?.slice("--plural=".length)
  return aggregate(checkout, { name, fields: rest.filter((it) => !it.startsWith("--")), plural })
}
const features = featuresOf(engine).join(", ")
const noteArgs = { name: "Note", fields: ["title:text"], plural: undefined }
const makePart = (kind: PartKind, feature: string, name: string, event?: string) =>
  part(checkout, { kind, feature, name, event })

describe("refused aggregates", () => {
  it.each([
    ["Class title:text", "An aggregate can't be called Class: class is a reserved word"],
    ["Event title:text", "An aggregate can't be called Event: event has another meaning in the generated code"],
    ["Schema title:text", "An aggregate can't be called Schema: Schema has another meaning in the generated code"],
    ["List title:text", "There is a page /lists already, in src/features/todo/pages.tsx"],
    ["Poll title:text", "There is a feature polls already, in src/features/polls"],
    ["TodoList title:text", "There is an aggregate TodoList already, in src/features/todo/TodoList.ts"],
    ["Metric title:text", "There is a page /metrics already, the stack's own"],
    ["Person name:text", "Person has no regular plural: name it with --plural"],
    ["News title:text", "News has no regular plural: name it with --plural"],
    ["Sheep name:text --plural=Sheep", "The plural of Sheep must be another word"],
    ["1st title:text", "A name is like BlogPost, and not 1st"],
    ["../Note title:text", "A name is like BlogPost, and not ../Note"],
    [
      "Note title",
      "A field is NAME:TYPE, as in question:text, and not title; the types are text, text[], integer, number, boolean, date"
    ],
    ["Note title:string", "There is no type string; the types are text, text[], integer, number, boolean, date"],
    ["Note title:toString", "There is no type toString; the types are text, text[], integer, number, boolean, date"],
    ["Note Title:text", "A field's name is like dueDay, and not Title"],
    ["Note title:text title:date", "The field title is given twice"],
    ["Note title:text default:text", "A field can't be called default: it is a reserved word"],
    ["Note title:text owner:text", "A field can't be called owner: every aggregate has that already"],
    ["Note title:text note:text", "A field can't be called note here: the generated code uses that name already"],
    ["Note title:text api:text[]", "A field can't be called api here: the generated code uses that name already"],
    ["Note title:text page:text[]", "A field can't be called page here: the generated code uses that name already"],
    ["Note title:text change:text[]", "A field can't be called change here: the generated code uses that name already"],
    ["Constructor title:text", "An aggregate can't be called Constructor: constructor is a reserved word"],
    ["Array title:text", "An aggregate can't be called Array: Array is a global of JavaScript"],
    ["Date title:text", "An aggregate can't be called Date: Date is a global of JavaScript"],
    ["Effect title:text", "An aggregate can't be called Effect: Effect has another meaning in the generated code"],
    // Names in the templates of parts, which import the aggregate.
    ["Chart title:text", "An aggregate can't be called Chart: chart has another meaning in the generated code"],
    ["__proto__ title:text", "A name is like BlogPost, and not __proto__"],
    ["Note __proto__:text", "A field's name is like dueDay, and not __proto__"],
    ["Note constructor:text", "A field can't be called constructor: it is a reserved word"],
    ["Note then:text", "A field can't be called then: it is a reserved word"],
    ["Note hasOwnProperty:text", "A field can't be called hasOwnProperty: every aggregate has that already"],
    ["Note :text", "A field's name is like dueDay, and not "],
    ["Note title:", "There is no type ; the types are text, text[], integer, number, boolean, date"],
    ["Note title:text tags:text[] newTags:text[]", "These names don't go together: two things would be called newTags"],
    ["Note title:date name:date label:date", "A field of type text is needed, as the title of the page"],
    ["Note title:text --plural=Launch", "src/main.ts already uses the name launch"],
    ["Note title:text --plural=Live", "There is a page /live already, the stack's own"],
    [`${"Long".repeat(13)} title:text`, `A name has at most 50 characters: ${"Long".repeat(13)} is too long`]
  ])("%s", (command, message) => expect(() => make(command)).toThrow(new Failed(message)))

  it("accepts an explicit plural", () => {
    expect(make("Person name:text --plural=People").files.map(({ path }) => path)).toContain(
      "src/features/people/Person.ts"
    )
  })
})

describe("the title", () => {
  const stateOf = (command: string) => make(command).files.find(({ path }) => path.endsWith("/Note.ts"))?.text
  it.each([
    ["Note count:integer due:date summary:text author:text", "shown.state.summary"],
    ["Note tags:text[] summary:text", "shown.state.summary"],
    ["Note count:integer", "shown.state.title"],
    ["Note tags:text[]", "shown.state.title"],
    ["Note title:date", "shown.state.name"]
  ])("of %s is %s, with all fields kept", (command, title) => {
    const { files } = make(command)
    expect(files.find(({ path }) => path.endsWith("/pages.tsx"))?.text).toContain(`<h2 dir="auto">{${title}}</h2>`)
    for (const [, field] of command.matchAll(/ (\w+):/g)) expect(stateOf(command)).toContain(`  ${field}: `)
  })
  it("is added and reported if no field is a text", () => {
    expect(make("Note count:integer").notes).toEqual(["No field is a text: title:text is added, the title of the page"])
    expect(make("Note count:integer summary:text").notes).toEqual([])
  })
})

describe("the stack's own names", () => {
  const source = (path: string) => readFileSync(join(engine, path), "utf8")
  it("are those of its routes", () => {
    const routes = readdirSync(join(engine, "src/http"), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path))
      .flatMap((path) => [...source(`src/http/${path}`).matchAll(/"\/(\w[\w-]*)(?:\/[^"]*)?"/g)])
      .map(([, segment]) => segment)
    expect(ownPaths.filter((path) => !routes.includes(path))).toEqual([])
    for (const [, segment] of source("docs/routes.md").matchAll(/^\| `[A-Z, ]+ \/(\w[\w-]*)(?![\w.-])/gm)) {
      // `/lists` and `/polls` are features' pages; no page's path is like a file's name.
      expect(["lists", "polls", ...ownPaths]).toContain(segment)
    }
  })
  it("are those of its queries and tables", () => {
    expect(Object.values(stackQueries([])).map(({ name }) => name)).toEqual(expect.arrayContaining(ownQueries))
    expect(Object.keys(stackQueries([]))).toHaveLength(ownQueries.length)
    const tables = ["sqlite", "postgres"].flatMap((name) => [
      ...source(`src/layers/${name}/migrations.ts`).matchAll(/CREATE TABLE (\w+_\w+)/g)
    ])
    expect([...new Set(tables.map(([, table]) => table))].sort()).toEqual(ownTables)
  })
})

describe("refused parts", () => {
  it.each([
    ["projection", "nowhere", "Recent", `There is no feature nowhere in src/features; there are: ${features}`],
    ["query", "polls", "VotesByDay", "src/features/polls/index.ts already uses the name VotesByDay"],
    [
      "projection",
      "todo",
      "VisitorPolls",
      "There is a projection or query visitor-polls already, in src/features/polls/VisitorPolls.ts"
    ],
    ["layer", "polls", "Effect", "It can't be called Effect: Effect has another meaning in the generated code"],
    ["layer", "polls", "Date", "It can't be called Date: Date is a global of JavaScript"],
    ["query", "polls", "Constructor", "It can't be called Constructor: constructor is a reserved word"],
    ["query", "polls", "DailyCounts", "There is a query daily_counts already, the stack's own"],
    ["projection", "constructor", "Recent", `There is no feature constructor in src/features; there are: ${features}`],
    ["projection", "../lib", "Recent", `There is no feature ../lib in src/features; there are: ${features}`],
    ["layer", "polls", "__proto__", "A name is like BlogPost, and not __proto__"],
    ["route", "polls", "a b", "A name is like BlogPost, and not a b"]
  ] as const)("%s %s %s", (kind, feature, name, message) =>
    expect(() => makePart(kind, feature, name)).toThrow(new Failed(message))
  )
  it("lists the existing events", () => {
    expect(() => makePart("query", "polls", "Daily", "Nothing")).toThrow(
      new Failed("polls has no event Nothing; its events are PollCreated, VoteCast, PollClosed")
    )
  })
})

describe("command line", () => {
  it.each([
    [["sample"], "There is no generator sample; there are aggregate, projection, query, route, layer"],
    [["aggregate", "Poll"], "Name it and its fields: generate aggregate Poll question:text"],
    [["query", "polls"], "Name the feature and the new part: generate query polls RecentPolls"],
    [["route", "polls", "About", "Us"], "generate route takes a feature and a name, and no Us"],
    [["layer", "polls", "Ear", "--event", "VoteCast"], "--event is for a query"],
    [["layer", "polls", "Ear", "--plural", "Ears"], "--plural is for an aggregate"]
  ])("refuses %j", async (args, message) => expect(run(args)).rejects.toThrow(new Failed(message)))
})

describe("names of an application's features", () => {
  const root = mkdtempSync(join(tmpdir(), "evenstar-"))
  afterAll(() => rmSync(root, { recursive: true }))
  const module = (text: string) => {
    mkdirSync(join(root, "src/features/diary"), { recursive: true })
    writeFileSync(join(root, "src/features/diary/index.ts"), text)
  }
  it.each([
    ['export const diary = Feature.make({\n  name: "notes"', "a feature notes"],
    ['export const note = Aggregate.make({ type: "Note" })', "an aggregate Note"],
    ['export const path = "/notes"', "a page /notes"],
    ['HttpApiEndpoint.get("read", "/api/notes/all")', "an API at /api/notes"],
    ["HttpApiEndpoint.get(`/api/notes/$" + "{id}`)", "an API at /api/notes"],
    ['HttpApiGroup.make("notes")', "an API notes"],
    ['export const rows = { name: "visitor-notes" }', "a projection visitor-notes"]
  ])("are not given twice: %s", (text, what) => {
    module(text)
    expect(() => aggregate({ root, engine, isCheckout: false }, noteArgs)).toThrow(
      new Failed(`There is ${what} already, in src/features/diary/index.ts`)
    )
  })
  it("are not confused with longer ones", () => {
    module('type: "Notebook", path: "/notes-of-all", api: "/api/notes-of-all", name: "visitor-notes-of-all"')
    expect(aggregate({ root, engine, isCheckout: false }, noteArgs).files).not.toEqual([])
  })
})

describe("existing files", () => {
  const root = mkdtempSync(join(tmpdir(), "evenstar-"))
  afterAll(() => rmSync(root, { recursive: true }))

  it("are not overwritten, and nothing else is written either", () => {
    mkdirSync(join(root, "test/features/notes"), { recursive: true })
    writeFileSync(join(root, "test/features/notes/values.ts"), "mine")
    const place = { root, engine, isCheckout: false }
    const plan = aggregate(place, { name: "Note", fields: ["title:text"], plural: undefined })
    expect(() => carryOut(place, plan)).toThrow(
      new Failed("test/features/notes/values.ts exists already; nothing was written")
    )
    expect(readdirSync(root)).toEqual(["test"])
    expect(readdirSync(join(root, "test/features/notes"))).toEqual(["values.ts"])
  })
})
