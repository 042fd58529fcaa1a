#!/usr/bin/env node
// `evenstar COMMAND`: the developer's commands. The operator's need the application's features, so
// its main module runs them: `tsx src/main.ts backup FILE`.
import { usageError } from "./Failed.ts"

interface Command {
  readonly usage: string
  readonly what: string
  readonly load: () => Promise<{ readonly run: (args: ReadonlyArray<string>) => Promise<void> }>
}

const commands: Readonly<Record<string, Command>> = {
  new: { usage: "new FOLDER", what: "Makes an application in a new folder", load: () => import("./new.ts") },
  generate: {
    usage: "generate WHAT …",
    what: "Writes a feature or a part of one, tested",
    load: () => import("./generate.ts")
  },
  assets: { usage: "assets", what: "Builds the browser's files into static/dist", load: () => import("./assets.ts") },
  dev: { usage: "dev", what: "Runs the server; rebuilds and reloads on changes", load: () => import("./dev.ts") },
  build: {
    usage: "build [--executable [FILE]]",
    what: "Builds dist/, or one executable file",
    load: () => import("./build.ts")
  }
}

const help = () => {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length))
  const lines = Object.values(commands).map(({ usage, what }) => `  ${usage.padEnd(width)}  ${what}`)
  return `Usage: evenstar COMMAND\n\n${lines.join("\n")}\n`
}

const [name = "--help", ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  const isHelp = name === "--help" || name === "-h" || name === "help"
  const stream = isHelp ? process.stdout : process.stderr
  stream.write(isHelp ? help() : `evenstar: There is no command ${name}\n\n${help()}`)
  process.exitCode = isHelp ? 0 : 1
} else {
  try {
    await (await command.load()).run(args)
  } catch (error) {
    const line = usageError(error)
    if (line === undefined) throw error
    process.stderr.write(`evenstar: ${line}\n`)
    process.exitCode = 1
  }
}
