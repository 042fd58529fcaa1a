// The operator's command line: one command a file, each on the same Layers as the server.
// A new command is a file here, listed among the subcommands below.
import * as Command from "@effect/cli/Command"
import * as NodeCommandExecutor from "@effect/platform-node/NodeCommandExecutor"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Feature, Features } from "../http/Feature.ts"
import { version } from "../lib/version.ts"
import { analytics, analyticsCommands } from "./analytics.ts"
import { backup } from "./backup.ts"
import { bus, busCommands } from "./bus.ts"
import { demo } from "./demo.ts"
import { health } from "./health.ts"
import { type HelpTopic, helpFor } from "./help.ts"
import { migrateLog } from "./migrateLog.ts"
import { restore } from "./restore.ts"
import { run } from "./run.ts"
import { sql } from "./sql.ts"
import { verify } from "./verify.ts"

const evenstar = Command.make("evenstar").pipe(
  Command.withDescription(
    "An event-sourced, real-time web stack for one machine. Without a command it runs the server."
  ),
  Command.withSubcommands([demo, sql, analytics, backup, restore, verify, migrateLog, health, bus])
)

export const topic: HelpTopic = {
  descriptor: evenstar.descriptor,
  subcommands: [
    demo,
    sql,
    { descriptor: analytics.descriptor, subcommands: analyticsCommands },
    backup,
    restore,
    verify,
    migrateLog,
    health,
    { descriptor: bus.descriptor, subcommands: busCommands }
  ]
}

const platform = Layer.mergeAll(
  NodePath.layer,
  NodeTerminal.layer,
  NodeCommandExecutor.layer,
  NodeHttpClient.layer
).pipe(Layer.provideMerge(NodeFileSystem.layer))

const main = Command.run(evenstar, { name: "Evenstar", version: version() })

/**
 * Runs the command named on the command line, with the event codecs and projections of `features`.
 */
export const runOperatorCommand = (features: ReadonlyArray<Feature>) => {
  const help = helpFor(topic, process.argv.slice(2))
  if (help !== undefined) return run(Console.log(help))
  return run(main(process.argv).pipe(Effect.provide(platform), Effect.provideService(Features, features)))
}
