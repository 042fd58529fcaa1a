// Refusals of the generators, one line each, before anything is written.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { Failed } from "../../../src/tooling/Failed.ts"
import { aggregate } from "../../../src/tooling/generate/aggregate.ts"
import { part } from "../../../src/tooling/generate/part.ts"
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
    ["Note title", "A field is NAME:TYPE, as in question:text, and not title"],
    ["Note title:string", "There is no type string; the types are text, text[], integer, number, boolean, date"],
    ["Note title:toString", "There is no type toString; the types are text, text[], integer, number, boolean, date"],
    ["Note Title:text", "A field's name is like dueDay, and not Title"],
    ["Note title:text title:date", "The field title is given twice"],
    ["Note title:text default:text", "A field can't be called default: it is a reserved word"],
    ["Note title:text owner:text", "A field can't be called owner: every aggregate has that already"],
    ["Note count:integer", "The first field is the title of the page: it must be text, as in title:text"],
    ["Note title:text note:text", "A field can't be called note here: the generated code uses that name already"],
    ["Note title:text api:text[]", "A field can't be called api here: the generated code uses that name already"],
    ["Note title:text page:text[]", "A field can't be called page here: the generated code uses that name already"]
  ])("%s", (command, message) => expect(() => make(command)).toThrow(new Failed(message)))

  it("accepts an explicit plural", () => {
    expect(make("Person name:text --plural=People").files.map(({ path }) => path)).toContain(
      "src/features/people/Person.ts"
    )
  })
})

describe("refused parts", () => {
  it.each([
    ["projection", "nowhere", "Recent", "There is no feature nowhere in src/features; there are: polls, todo"],
    ["query", "polls", "VotesByDay", "src/features/polls/index.ts already uses the name VotesByDay"],
    [
      "projection",
      "polls",
      "VisitorLists",
      "There is a projection or query visitor-lists already, in src/features/todo/VisitorLists.ts"
    ],
    ["layer", "polls", "Effect", "It can't be called Effect: Effect has another meaning in its code"],
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
