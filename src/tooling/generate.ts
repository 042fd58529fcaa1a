// `evenstar generate`: writes the source of a feature, or of a part of one, with its tests.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Failed } from "./Failed.ts"
import { aggregate } from "./generate/aggregate.ts"
import { typeNames } from "./generate/fields.ts"
import { part } from "./generate/part.ts"
import { carryOut, type Place, type Plan } from "./generate/plan.ts"
import { isPart, parts } from "./generate/templates.ts"
import { engine, projectAt } from "./project.ts"

/** Formats and sorts imports with the project's Biome; returns a hint if it is missing or fails. */
export const format = (root: string, paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome")
  const command = ["check", "--write", "--log-level=error", ...paths]
  const hint = "The files are not formatted: Biome is not installed, or failed"
  if (!existsSync(biome)) return [hint]
  return spawnSync(process.execPath, [biome, ...command], { cwd: root }).status === 0 ? [] : [hint]
}

/** Makes a plan and carries it out; returns the lines to print. */
export const generate = (place: Place, makePlan: (place: Place) => Plan): ReadonlyArray<string> => {
  const plan = makePlan(place)
  const { edited, left, written } = carryOut(place, plan)
  return [
    ...plan.notes,
    ...written.map((path) => `created  ${path}`),
    ...edited.map((path) => `changed  ${path}`),
    ...format(place.root, [...written, ...edited]),
    ...(left.length === 0 ? [] : ["", "Left to do by hand:", ...left])
  ]
}

const help = `Usage: evenstar generate aggregate NAME FIELD:TYPE… [--plural NAME]
       evenstar generate projection FEATURE NAME
       evenstar generate query FEATURE NAME [--event TYPE]
       evenstar generate route FEATURE NAME
       evenstar generate layer FEATURE NAME

Writes code with its tests. Nothing that is there is overwritten.

  aggregate   A feature: aggregate, live page, JSON API, read model, tests
  projection  A read model in SQLite, with a section of the start page
  query       An analytics query in DuckDB, with a chart on /analytics
  route       A page of its own, below the feature's address
  layer       A service with its Layer, and a section of the start page

  NAME        In the singular, as in BlogPost; --plural for an irregular plural
  FIELD:TYPE  As in question:text; the first text is the title. The types:
              ${typeNames.join(", ")}
  FEATURE     A folder in src/features
  --event     The event type that the query counts; by default the aggregate's
              first one

For example:
  evenstar generate aggregate Poll question:text options:text[]
  evenstar generate query polls OptionsByDay --event OptionsAdded
`

const seen = { projection: "the start page", query: "/analytics", route: "its address", layer: "the start page" }

/** Parses the arguments; `seen` is the page that shows the result. */
export const planOf = (args: ReadonlyArray<string>): readonly [(place: Place) => Plan, seen: string] => {
  const options = { plural: { type: "string" }, event: { type: "string" } } as const
  const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [kind = "", first, second, ...others] = positionals
  if (kind !== "aggregate" && !isPart(kind)) {
    throw new Failed(`There is no generator ${kind}; there are aggregate, ${Object.keys(parts).join(", ")}`)
  }
  if (kind !== "aggregate" && values.plural !== undefined) throw new Failed("--plural is for an aggregate")
  if (kind !== "query" && values.event !== undefined) throw new Failed("--event is for a query")
  if (first === undefined || second === undefined) {
    throw new Failed(
      kind === "aggregate"
        ? "Name it and its fields: generate aggregate Poll question:text"
        : `Name the feature and the new part: generate ${kind} polls ${kind === "route" ? "About" : "RecentPolls"}`
    )
  }
  if (kind === "aggregate") {
    const fields = [second, ...others]
    return [(place) => aggregate(place, { name: first, fields, plural: values.plural }), "the start page"]
  }
  if (others.length > 0) throw new Failed(`generate ${kind} takes a feature and a name, and no ${others.join(" ")}`)
  return [(place) => part(place, { kind, feature: first, name: second, event: values.event }), seen[kind]]
}

/** Runs with the arguments after `generate`. */
export const run = async (args: ReadonlyArray<string>): Promise<void> => {
  if (args.length === 0 || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help)
    return
  }
  const [makePlan, where] = planOf(args)
  const lines = generate({ ...projectAt(), engine }, makePlan)
  process.stdout.write(`${lines.join("\n")}\n\nNext: npm test, then npm run dev, and look at ${where}.\n`)
}
