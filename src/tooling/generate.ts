// `evenstar generate`: writes a feature, or a part of one, as one would by hand, with its tests.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { isValidationError } from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Failed } from "./Failed.ts"
import { type AggregateArgs, aggregate } from "./generate/aggregate.ts"
import { typeNames } from "./generate/fields.ts"
import { type PartArgs, part } from "./generate/part.ts"
import { carryOut, type Place, type Plan } from "./generate/plan.ts"
import type { PartKind } from "./generate/templates.ts"

/** Formats, sorts the imports, and gives the lines for whoever has no formatter. */
const format = (root: string, paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome")
  const command = ["check", "--write", "--log-level=error", ...paths]
  const hint = "The formatter of the project has not run: the files are not formatted"
  if (!existsSync(biome)) return [hint]
  return spawnSync(process.execPath, [biome, ...command], { cwd: root }).status === 0 ? [] : [hint]
}

/** Makes the plan, and carries it out. */
export const generate = (place: Place, makePlan: (place: Place) => Plan): ReadonlyArray<string> => {
  const { edited, left, written } = carryOut(place, makePlan(place))
  return [
    ...written.map((path) => `created  ${path}`),
    ...edited.map((path) => `changed  ${path}`),
    ...format(place.root, [...written, ...edited]),
    ...(left.length === 0 ? [] : ["", "Left to do by hand:", ...left])
  ]
}

const commandFor = (place: () => Place) => {
  const say = (makePlan: (place: Place) => Plan, next: ReadonlyArray<string>) =>
    Effect.try({
      try: () => generate(place(), makePlan),
      catch: (error) => (error instanceof Failed ? error : new Failed(String(error)))
    }).pipe(Effect.flatMap((lines) => Console.log([...lines, "", ...next].join("\n"))))

  const ofAggregate = Command.make(
    "aggregate",
    {
      name: Args.text({ name: "name" }).pipe(Args.withDescription("In the singular: BlogPost")),
      fields: Args.text({ name: "field:type" }).pipe(
        Args.withDescription(`Such as question:text; types are ${typeNames.join(", ")}. The first field is the title.`),
        Args.atLeast(1)
      ),
      plural: Options.text("plural").pipe(Options.withDescription("Where English has no rule for it"), Options.optional)
    },
    ({ fields, name, plural }) => {
      const args: AggregateArgs = { name, fields, plural: Option.getOrUndefined(plural) }
      return say((place) => aggregate(place, args), ["Next: npm test, then npm run dev, and look at the start page."])
    }
  ).pipe(Command.withDescription("A feature: an aggregate, its live page, JSON API, read model and tests"))

  const feature = Args.text({ name: "feature" }).pipe(Args.withDescription("Its folder in src/features"))
  const name = Args.text({ name: "name" }).pipe(Args.withDescription("Such as RecentPosts"))
  const partCommand = (kind: PartKind, description: string, seen: string) =>
    Command.make(kind, { feature, name }, (args) =>
      say((place) => part(place, { ...args, kind }), [`Next: npm test, then npm run dev, and look at ${seen}.`])
    ).pipe(Command.withDescription(description))

  const ofQuery = Command.make(
    "query",
    {
      feature,
      name,
      event: Options.text("event").pipe(
        Options.withDescription("The type of event that it counts; otherwise the aggregate's first"),
        Options.optional
      )
    },
    ({ event, feature, name }) => {
      const args: PartArgs = { kind: "query", feature, name, event: Option.getOrUndefined(event) }
      return say((place) => part(place, args), ["Next: npm test, then npm run dev, and look at /analytics."])
    }
  ).pipe(Command.withDescription("An analytics query in DuckDB, with a chart on /analytics"))

  return Command.make("generate").pipe(
    Command.withDescription("Writes code with tests. Nothing that is there is overwritten."),
    Command.withSubcommands([
      ofAggregate,
      partCommand("projection", "A read model in SQLite, with a section of the start page", "the start page"),
      ofQuery,
      partCommand("route", "A page of its own", "its address"),
      partCommand("layer", "A service with its Layer, and a section of the start page", "the start page")
    ])
  )
}

/** Runs with the arguments after `generate`. */
export const runIn = async (place: () => Place, args: ReadonlyArray<string>): Promise<void> => {
  const main = Command.run(commandFor(place), { name: "evenstar generate", version: "" })
  const done = main(["node", "evenstar", ...(args.length === 0 ? ["--help"] : args)]).pipe(
    Effect.catchAll((error) => {
      if (isValidationError(error)) {
        // It has been said, with the usage.
        return Effect.sync(() => {
          process.exitCode = 1
        })
      }
      return Effect.fail(error)
    }),
    Effect.provide(NodeContext.layer),
    Effect.either
  )
  const result = await Effect.runPromise(done)
  if (result._tag === "Left") throw result.left
}
