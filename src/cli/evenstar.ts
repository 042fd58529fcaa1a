// The operator's command line: one command a file, each on the same Layers as the server. Without a command it serves.
// A new command is a file here and its name among the subcommands below.
import * as Command from "@effect/cli/Command"
import * as NodeCommandExecutor from "@effect/platform-node/NodeCommandExecutor"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import packageJson from "../../package.json" with { type: "json" }
import { analytics } from "./analytics.ts"
import { demo } from "./demo.ts"
import { run } from "./run.ts"
import { sql } from "./sql.ts"

/** The server runs the process by itself from there on. */
const serve = Effect.asVoid(Effect.promise(() => import("../main.ts")))

const evenstar = Command.make("evenstar", {}, () => serve).pipe(
  Command.withDescription("Serves, where no command is given"),
  Command.withSubcommands([demo, sql, analytics])
)

const platform = Layer.mergeAll(NodePath.layer, NodeTerminal.layer, NodeCommandExecutor.layer).pipe(
  Layer.provideMerge(NodeFileSystem.layer)
)

const main = Command.run(evenstar, { name: "Evenstar", version: packageJson.version })

run(Effect.provide(main(process.argv), platform))
